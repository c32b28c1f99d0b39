export { startPlatform, type Platform, type PlatformOptions } from './platform.js';
export { platformSettings, readPlatformSettings, type PlatformSettings } from './platform-settings.js';
export { PlatformRefused } from './refused.js';
export { services } from './services.js';
