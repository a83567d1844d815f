declare const decoderModule: WebAssembly.Module;
export default decoderModule;
