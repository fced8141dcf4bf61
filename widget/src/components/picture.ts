// A picture of the device, drawn small: a canvas asks nothing of the page's policy on images.

const LONGEST_SIDE_PX = 480;
const drawn = new WeakMap<Element, Blob>();

export async function draw(canvas: Element | undefined, picture: Blob): Promise<void> {
  if (!(canvas instanceof HTMLCanvasElement) || drawn.get(canvas) === picture) return;
  drawn.set(canvas, picture);
  canvas.width = 0;
  try {
    const image = await createImageBitmap(picture);
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(image.width, image.height));
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
  } catch {
    canvas.hidden = true; // what cannot be shown may still be understood by the service
  }
}
