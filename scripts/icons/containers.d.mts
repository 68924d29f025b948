export function encodeIco(images: ReadonlyMap<number, Uint8Array>): Buffer;
export function encodeIcns(images: ReadonlyMap<number, Uint8Array>): Buffer;
