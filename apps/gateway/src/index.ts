export { startGateway, type Gateway } from './gateway.js';
export { gatewaySettings, type GatewaySettings } from './gateway-settings.js';
