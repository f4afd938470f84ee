/** A project whose provider stores its resources in a file: enough to observe what an engine does. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engines, type Engine } from "../support/engines";
import { Project } from "../support/project";

const PROVIDER = `
const fs = require("fs");
const file = __dirname + "/things.json";
const read = () => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {});
const write = (things) => fs.writeFileSync(file, JSON.stringify(things));
const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms || 0));
const exists = async (name) => { while (name && !fs.existsSync(__dirname + "/" + name)) await nap(20); };
exports.handler = {
    async check(olds, news) { return news.invalid ? { inputs: news, failures: [{ property: "invalid", reason: "it is not valid" }] } : { inputs: news }; },
    async diff(id, olds, news) {
        const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !["made", "__provider", "nap", "waitsFor"].includes(key) && JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
        return { changes: changed.length > 0, replaces: changed.filter((key) => key === "kind") };
    },
    async create(inputs) {
        fs.appendFileSync(__dirname + "/begun", inputs.name + "\\n");
        await nap(inputs.nap);
        await exists(inputs.waitsFor);
        if (inputs.fails) throw new Error("the thing " + inputs.name + " cannot be made");
        const id = inputs.name + "-" + Date.now();
        write({ ...read(), [id]: inputs.name });
        return { id, outs: { ...inputs, made: "made " + inputs.name } };
    },
    async update(id, olds, news) { return { outs: { ...news, made: olds.made } }; },
    async delete(id) { const { [id]: gone, ...rest } = read(); write(rest); },
    async read(id, props) { return id in read() ? { id, props } : { id: "", props: {} }; },
};`;

const RESOURCES = `"use strict";
const pulumi = require("@pulumi/pulumi");
class Thing extends pulumi.CustomResource {
    constructor(name, args = {}, options = {}) {
        super("pulumi-nodejs:dynamic/test:Thing", name, { made: undefined, name, ...args, __provider: 'exports.handler=()=>require(process.cwd()+"/provider.js").handler' }, options);
    }
}
class Group extends pulumi.ComponentResource {
    constructor(name, options) { super("test:index:Group", name, {}, options); }
}
const config = new pulumi.Config();
`;

export class ThingsProject extends Project {
    constructor(engine: Engine = engines[0] as Engine) {
        super(engine, {});
        this.write("provider.js", PROVIDER);
    }

    override program(text: string): void {
        this.write("index.js", `${RESOURCES}${text}\n`);
    }

    /** The names of the existing things. */
    things(): string[] {
        const file = join(this.folder, "things.json");
        return existsSync(file)
            ? Object.values(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>).sort()
            : [];
    }

    /** The names of the things whose creation has started, one per line. */
    begun(): string {
        return existsSync(join(this.folder, "begun")) ? this.read("begun") : "";
    }

    /** Deletes a thing without the engine's knowledge. */
    lose(name: string): void {
        const file = join(this.folder, "things.json");
        const kept = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>).filter(
            ([, thing]) => thing !== name,
        );
        writeFileSync(file, JSON.stringify(Object.fromEntries(kept)));
    }

    read(file: string): string {
        return readFileSync(join(this.folder, file), "utf8");
    }
}
