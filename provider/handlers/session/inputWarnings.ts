/** Warnings about valid inputs of a session that are probably mistakes, apart from its mounts. */
import { KnownImage } from "../../agb/policy";
import { unknown, type MaybeUnknownFields } from "../contract";
import { displayName } from "../origin";
import { LIFETIME_SECONDS, type SessionInputs } from "./state";

const KNOWN_IMAGES: readonly string[] = Object.values(KnownImage);
/** Other images of earlier deployments, which therefore exist. The check of a replacement does not get the old inputs. */
const usedImages = new Set<unknown>();

/** `olds` are the inputs of the last deployment, if there was one. */
export function inputWarnings(olds: Record<string, unknown>, inputs: MaybeUnknownFields<SessionInputs>): string[] {
    const session = displayName("Session", inputs);
    usedImages.add(olds.imageId);
    return [...imageWarnings(session, inputs), ...lifetimeWarnings(session, inputs)];
}

function imageWarnings(session: string, { imageId }: MaybeUnknownFields<SessionInputs>): string[] {
    return imageId === unknown || KNOWN_IMAGES.includes(imageId) || usedImages.has(imageId)
        ? []
        : [
              `${session}: imageId "${imageId}" is not one of the images that AGB documents: ${KNOWN_IMAGES.join(", ")}. Check it, unless it is an image of your account.`,
          ];
}

function lifetimeWarnings(session: string, { idleReleaseTimeout }: MaybeUnknownFields<SessionInputs>): string[] {
    return idleReleaseTimeout === unknown || idleReleaseTimeout <= LIFETIME_SECONDS
        ? []
        : [
              `${session}: idleReleaseTimeout ${idleReleaseTimeout} is longer than a session can exist. Use at most ${LIFETIME_SECONDS} seconds: AGB releases every session 30 minutes after its creation, even if it is in use.`,
          ];
}
