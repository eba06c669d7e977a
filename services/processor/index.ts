export * from './gateway-port.js';
