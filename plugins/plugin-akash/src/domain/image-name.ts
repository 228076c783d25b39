const HOST = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?(?::\d{1,5})?/)?`;
const PART = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const TAG = String.raw`(?::\w[\w.-]{0,127})?`;
const DIGEST = String.raw`(?:@sha256:[a-f0-9]{64})?`;

// The reference grammar of OCI images: nothing that a shell, or YAML, would take for its own.
const IMAGE = new RegExp(`^${HOST}${PART}(?:/${PART})*${TAG}${DIGEST}$`);
const LONGEST = 255;

/** Whether a text names a container image: `nginx:alpine`, `ghcr.io/acme/api@sha256:...`. */
export function isImageName(text: string): boolean {
  return text.length <= LONGEST && IMAGE.test(text);
}

/** A name for the service that runs an image: `ghcr.io/acme/My_API:1` gives `my-api`. */
export function serviceNameOf(image: string): string {
  const last = image.split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? '';
  const plain = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return plain.slice(0, 40).replace(/-+$/, '') || 'app';
}
