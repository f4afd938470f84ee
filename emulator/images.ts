/** The images that sessions can be created from. In the local AGB, they all behave the same. */
import { KnownImage } from "../provider/agb/policy";
import { ApiError } from "./apiError";

const IMAGES: readonly string[] = Object.values(KnownImage);

export function assertKnownImage(imageId: string): void {
    if (!IMAGES.includes(imageId)) throw new ApiError("InvalidImage.NotFound", `image ${imageId} not found`);
}
