/** Reads the exports of the package, with their doc comments, from its sources. */
import { join, resolve } from "node:path";
import ts from "typescript";
import { docOf, type Doc } from "./doc";

export interface Property {
    name: string;
    optional: boolean;
    type: ts.TypeNode;
    doc: Doc;
}

export interface Shape {
    name: string;
    doc: Doc;
    properties: Property[];
}

/** A function, a method or a constructor. */
export interface Callable {
    name: string;
    doc: Doc;
    parameters: Omit<Property, "doc">[];
    returns: ts.TypeNode | undefined;
}

export interface Resource extends Shape {
    /** The constructor's arguments, without the resource's name and Pulumi's options. */
    inputs: Shape;
    create: Callable;
    statics: Callable[];
}

export interface Enumeration {
    name: string;
    doc: Doc;
    members: { name: string; value: string; doc: Doc }[];
}

/** The public API, in the order of the exports in `provider/index.ts`. */
export interface Package {
    resources: Resource[];
    functions: Callable[];
    types: Shape[];
    enumerations: Enumeration[];
    /** The configuration keys. */
    settings: Shape;
}

export const root = resolve(__dirname, "../..");
const ENTRY = join(root, "provider", "index.ts");
const SETTINGS = { file: join(root, "provider", "handlers", "config.ts"), name: "AgbConfig" };

export function compilerOptions(): ts.CompilerOptions {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
        config: unknown;
    };
    return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options;
}

export function readPackage(program = ts.createProgram([ENTRY, SETTINGS.file], compilerOptions())): Package {
    const reader = new Reader(program.getTypeChecker());
    const read: Package = {
        resources: [],
        functions: [],
        types: [],
        enumerations: [],
        settings: reader.shape(reader.declared(program.getSourceFile(SETTINGS.file), SETTINGS.name)),
    };
    for (const declaration of reader.exported(program.getSourceFile(ENTRY))) {
        if (ts.isClassDeclaration(declaration)) read.resources.push(reader.resource(declaration));
        else if (ts.isFunctionDeclaration(declaration)) read.functions.push(reader.callable(declaration));
        else if (isShape(declaration)) read.types.push(reader.shape(declaration));
        else if (ts.isVariableDeclaration(declaration)) read.enumerations.push(reader.enumeration(declaration));
        // An enumeration exports a type with the same name. The text describes the options of resources.
        else if (!ts.isTypeAliasDeclaration(declaration)) {
            throw new Error(`The reference does not support ${declaration.getText().split("\n")[0] ?? ""}`);
        }
    }
    const inputs = new Set(read.resources.map((resource) => resource.inputs.name));
    const types = read.types.filter((type) => !inputs.has(type.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    return { ...read, types };
}

class Reader {
    readonly #checker: ts.TypeChecker;
    constructor(checker: ts.TypeChecker) {
        this.#checker = checker;
    }

    exported(file: ts.SourceFile | undefined): ts.Declaration[] {
        return this.#exports(file).flatMap((symbol) => symbol.declarations ?? []);
    }

    declared(file: ts.SourceFile | undefined, name: string): ts.InterfaceDeclaration {
        const declaration = this.#exports(file).find((symbol) => symbol.name === name)?.declarations?.[0];
        if (!declaration || !ts.isInterfaceDeclaration(declaration)) {
            throw new Error(`${name} is not an exported interface`);
        }
        return declaration;
    }

    resource(declaration: ts.ClassDeclaration): Resource {
        const isPublic = (member: ts.ClassElement) =>
            (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0 &&
            !member.name?.getText().startsWith("#");
        const isStatic = (member: ts.ClassElement) =>
            (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
        const members = declaration.members.filter(isPublic);
        const create = members.find(ts.isConstructorDeclaration);
        const args = create?.parameters[1]?.type;
        if (!create || !args) {
            throw new Error(`${nameOf(declaration)} has no constructor with a name and arguments`);
        }
        return {
            name: nameOf(declaration),
            doc: docOf(declaration),
            properties: members
                .filter(ts.isPropertyDeclaration)
                .filter((member) => !isStatic(member))
                .map(property),
            inputs: this.shape(this.#shapeOf(args)),
            create: this.callable(create),
            statics: members
                .filter(ts.isMethodDeclaration)
                .filter(isStatic)
                .map((member) => this.callable(member)),
        };
    }

    callable(declaration: ts.FunctionDeclaration | ts.MethodDeclaration | ts.ConstructorDeclaration): Callable {
        return {
            name: ts.isConstructorDeclaration(declaration) ? "constructor" : nameOf(declaration),
            doc: docOf(declaration),
            parameters: declaration.parameters.map(({ name, type, questionToken, initializer }) => {
                if (!type) throw new Error(`${name.getText()} has no type`);
                return {
                    name: name.getText(),
                    optional: questionToken !== undefined || initializer !== undefined,
                    type,
                };
            }),
            returns: declaration.type,
        };
    }

    /** An interface with its inherited properties, or an object type. */
    shape(declaration: ShapeDeclaration): Shape {
        const [name, doc] = [nameOf(declaration), docOf(declaration)];
        if (ts.isTypeAliasDeclaration(declaration)) return { name, doc, properties: propertiesOf(declaration.type) };
        const inherited = (declaration.heritageClauses ?? [])
            .flatMap((clause) => clause.types)
            .flatMap((type) => this.shape(this.#shapeOf(type)).properties);
        return {
            name,
            doc,
            properties: [...inherited, ...declaration.members.filter(ts.isPropertySignature).map(property)],
        };
    }

    /** An object of constants, whose values form a type of the same name. */
    enumeration(declaration: ts.VariableDeclaration): Enumeration {
        const object =
            declaration.initializer && ts.isAsExpression(declaration.initializer)
                ? declaration.initializer.expression
                : undefined;
        if (!object || !ts.isObjectLiteralExpression(object)) {
            throw new Error(`${declaration.name.getText()} is not an object of constants`);
        }
        const members = object.properties.filter(ts.isPropertyAssignment).map((member) => ({
            name: member.name.getText(),
            value: member.initializer.getText(),
            doc: docOf(member),
        }));
        return { name: declaration.name.getText(), doc: docOf(declaration), members };
    }

    #exports(file: ts.SourceFile | undefined): ts.Symbol[] {
        const module = file && this.#checker.getSymbolAtLocation(file);
        if (!module) throw new Error("Cannot find the sources of the package");
        return this.#checker
            .getExportsOfModule(module)
            .map((symbol) =>
                (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol),
            );
    }

    #shapeOf(node: ts.TypeNode): ShapeDeclaration {
        const type = this.#checker.getTypeFromTypeNode(node);
        const declaration = (type.aliasSymbol ?? type.symbol).declarations?.find(isShape);
        if (!declaration) throw new Error(`${node.getText()} is neither an interface nor an object type`);
        return declaration;
    }
}

type ShapeDeclaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

/** Whether this is an interface, or an object type with properties that exclude each other. */
const isShape = (declaration: ts.Declaration): declaration is ShapeDeclaration =>
    ts.isInterfaceDeclaration(declaration) ||
    (ts.isTypeAliasDeclaration(declaration) && ts.isIntersectionTypeNode(declaration.type));

/** The properties of an object type. Those of an alternative are optional, and those that an alternative excludes are not listed. */
function propertiesOf(type: ts.TypeNode): Property[] {
    if (ts.isParenthesizedTypeNode(type)) return propertiesOf(type.type);
    if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(propertiesOf);
    if (ts.isUnionTypeNode(type)) {
        return type.types.flatMap(propertiesOf).map((each) => ({ ...each, optional: true }));
    }
    if (!ts.isTypeLiteralNode(type)) throw new Error(`The reference does not support ${type.getText()}`);
    return type.members
        .filter(ts.isPropertySignature)
        .map(property)
        .filter((each) => each.type.kind !== ts.SyntaxKind.UndefinedKeyword);
}

function property(declaration: ts.PropertySignature | ts.PropertyDeclaration): Property {
    const { name, type, questionToken } = declaration;
    if (!type) throw new Error(`${name.getText()} has no type`);
    return { name: name.getText(), optional: questionToken !== undefined, type, doc: docOf(declaration) };
}

const nameOf = ({ name }: { name?: ts.PropertyName | undefined }): string => name?.getText() ?? "";
