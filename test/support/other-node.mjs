// Loaded before a server: Node as it might be one day, without what it does not document of a socket's handle.
const { TCP } = process.binding('tcp_wrap');
Object.defineProperty(TCP.prototype, 'bytesRead', { value: undefined });
