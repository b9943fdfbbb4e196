// node world/run_wasm.mjs FILE.wasm: runs a WASI program without arguments, files or environment, and ends with its exit code.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const wasi = new WASI({ version: 'preview1', args: [], env: {}, preopens: {}, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(process.argv[2]));
// Not getImportObject(): Debian 12's Node.js 18 has only the field.
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
process.exitCode = wasi.start(instance);
