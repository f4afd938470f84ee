import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { contextFolderDefinition } from "./definitions/contextFolder";
import { AgbResource } from "./dynamic/resource";

/** What a {@link ContextFolder} is to be. */
export interface ContextFolderArgs {
    /** The id of the context. A change puts the files into the other context, and removes them from this one. */
    contextId: Input<string>;
    /**
     * The absolute path of the folder as sessions will see it: the folder at which they mount the context, or one below it, such as `/home/work/data`. A
     * change puts the files there, and removes them from where they were.
     */
    path: Input<string>;
    /** The folder on this machine, relative to that of the program. */
    source: Input<string>;
    /**
     * The files that are kept in the context: patterns relative to `source`, in which `*` and `?` stand for characters of one name and `**` for any number of
     * folders. The name of a folder means all that is in it. Files whose name begins with a dot are like others.
     *
     * @default ["**"]
     */
    include?: Input<Input<string>[]>;
    /**
     * The files that are not, even if `include` names them: patterns as there, such as `node_modules` or `**\/*.log`.
     *
     * @default []
     */
    exclude?: Input<Input<string>[]>;
    /**
     * Replace files that are in the context already and that this resource did not put there, instead of failing.
     *
     * @default false
     */
    overwrite?: Input<boolean>;
}

/**
 * A folder of this machine kept in a context, for the sessions that mount it. Only files that have changed are uploaded, several at a time, and files that are
 * gone from the folder are removed from the context; the preview names each of them. What else the context holds is left alone.
 *
 * A session sees what was there when it began. Files that are put into the context later reach it only by a {@link Sync} with `mode: "download"`, and a session
 * that uploads the folder overwrites or removes them. What was changed so, by a session or by somebody else, shows on `pulumi refresh`, and the next
 * `pulumi up` puts it right.
 *
 * A link to a file stands for the file; one to a folder is refused, so exclude it. A context has no empty folders, so those are left out.
 *
 * @example
 * const data = new agb.ContextFolder("data", { contextId: context.id, path: "/home/work/data", source: "data", exclude: ["**\/*.tmp"] });
 * const dev = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] }, { dependsOn: data });
 */
export class ContextFolder extends AgbResource<ContextFolder, ContextFolderArgs> {
    /** The files in the context by their path relative to the folder, each with the sha256 of its content. */
    declare readonly files: Output<Record<string, string>>;
    /** How many files that are. */
    declare readonly fileCount: Output<number>;
    /** Their size in all, in bytes. */
    declare readonly totalSize: Output<number>;
    /** As given. */
    declare readonly contextId: Output<string>;
    /** As given. */
    declare readonly path: Output<string>;
    /** As given. */
    declare readonly source: Output<string>;
    /** As given. */
    declare readonly include: Output<string[]>;
    /** As given. */
    declare readonly exclude: Output<string[]>;
    /** As given. */
    declare readonly overwrite: Output<boolean>;

    /**
     * Uploads the folder, at the most as long as `customTimeouts.create` says (5 minutes), and what has changed in it later, in `customTimeouts.update`.
     *
     * @param name The resource's name in the program.
     * @throws There is no such folder, or something in it can neither be read nor left out.
     * @throws The context has one of the files already, and `overwrite` is not set.
     * @throws An upload failed, or did not finish in time: what got through stays, and the next `pulumi up` goes on with the rest.
     * @throws AGB does not know the context.
     */
    constructor(name: string, args: ContextFolderArgs, opts?: CustomResourceOptions) {
        super(contextFolderDefinition, name, args, opts);
    }
}
