/** The images that sessions can be created from. In the local AGB, they all behave the same. */
import { ApiError } from "./apiError";

const IMAGES = ["agb-code-space-1", "agb-code-space-2", "agb-browser-use-1", "agb-computer-use-ubuntu-2204"];

export function assertKnownImage(imageId: string): void {
    if (!IMAGES.includes(imageId)) throw new ApiError("InvalidImage.NotFound", `image ${imageId} not found`);
}
