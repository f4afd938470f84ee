/** The templates of `new`, which are examples of this package: their files, and those that every project has. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { packagePath, packageSource } from "./ownPackage";

/** The example behind each template. */
const EXAMPLES: Readonly<Record<string, string>> = {
    quickstart: "quickstart",
    pipeline: "pipeline",
    files: "seed-data",
};

export interface Template {
    name: string;
    /** The description in the example's `Pulumi.yaml`. */
    description: string;
}

interface Manifest {
    dependencies: Record<string, string>;
}

/** For projects of any template. TypeScript checks the program before it runs. */
const TSCONFIG = {
    compilerOptions: {
        target: "ES2022",
        module: "node16",
        types: ["node"],
        strict: true,
        skipLibCheck: true,
        noEmit: true,
    },
    include: ["*.ts"],
};

export function templates(): Template[] {
    return Object.keys(EXAMPLES).map((name) => ({
        name,
        description: String(parseDocument(readFileSync(examplePath(name, "Pulumi.yaml"), "utf8")).get("description")),
    }));
}

/** Writes a project from a template. Files with other names stay. */
export function writeProject(folder: string, { name: template, description }: Template, name: string): void {
    mkdirSync(folder, { recursive: true });
    cpSync(examplePath(template), folder, {
        recursive: true,
        filter: (source) =>
            !/[\\/](node_modules|Pulumi\.[^.\\/]+\.yaml)$/.test(source.slice(examplePath(template).length)),
    });
    const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
    const writeJson = (file: string, value: object): void => write(file, `${JSON.stringify(value, undefined, 2)}\n`);
    const project = parseDocument(readFileSync(examplePath(template, "Pulumi.yaml"), "utf8"));
    project.set("name", name);
    write("Pulumi.yaml", project.toString());
    const manifest = JSON.parse(readFileSync(examplePath(template, "package.json"), "utf8")) as Manifest;
    writeJson("package.json", {
        ...manifest,
        name: manifestName(name),
        dependencies: { ...manifest.dependencies, "pulumi-agb": packageSource(folder) },
    });
    writeJson("tsconfig.json", TSCONFIG);
    write(".gitignore", "node_modules/\n");
    write("README.md", readme(name, description));
}

function examplePath(template: string, ...path: string[]): string {
    return packagePath("examples", EXAMPLES[template] ?? template, ...path);
}

/** npm accepts fewer names than Pulumi, and no package that depends on one of its own name. */
function manifestName(project: string): string {
    const name = project.toLowerCase().replace(/^[._]+/, "");
    return ["", "pulumi-agb", "node_modules"].includes(name) ? "pulumi-project" : name;
}

/** For those who have the `pulumi` command. */
export const WITH_PULUMI =
    "With the `pulumi` command, run `pulumi login` and `pulumi stack init dev` first, and then the same commands with `pulumi`.";

const readme = (name: string, description: string): string => `# ${name}

${description}.

\`\`\`sh
npx pulumi-agb config set --secret agb:apiKey --stack dev  # asks for the API key of your AGB account
npx pulumi-agb config set agb:endpoint local --stack dev   # or: the local AGB, without an account
npx pulumi-agb up --stack dev                              # deploys, and prints the outputs
npx pulumi-agb destroy --stack dev                         # deletes everything
\`\`\`

${WITH_PULUMI}
`;
