import { parseSync, Visitor } from "oxc-parser";

/** One module that a file names, however it names it. */
export type Import = {
  readonly specifier: string;
  /** Nothing of it exists at run time. */
  readonly typeOnly: boolean;
  /** Handed on with `export … from`, which is what barrels are made of. */
  readonly reExported: boolean;
};

type Named = { readonly type: string; readonly importKind?: string | null; readonly exportKind?: string | null };

/** Whether a file consists of nothing but `export { name } from "file"`. */
export function onlyReExportsNames(file: string, text: string): boolean {
  const { program } = parseSync(file, text);
  return program.body.every((statement) => statement.type === "ExportNamedDeclaration" && statement.source !== null);
}

/** Finds every module a TypeScript file imports: statically, dynamically, as a type or as a re-export. */
export function importsOf(file: string, text: string): readonly Import[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) {
    throw new Error(`cannot parse ${file}: ${errors.map(({ message }) => message).join("; ")}`);
  }

  const found: Import[] = [];
  const visitor = new Visitor({
    ImportDeclaration: ({ importKind, source, specifiers }) => {
      const typeOnly = importKind === "type" || (specifiers.length > 0 && specifiers.every((named) => isType(named)));
      found.push({ specifier: source.value, typeOnly, reExported: false });
    },
    ExportAllDeclaration: ({ exportKind, source }) => {
      found.push({ specifier: source.value, typeOnly: exportKind === "type", reExported: true });
    },
    ExportNamedDeclaration: ({ exportKind, source, specifiers }) => {
      if (source !== null) {
        const typeOnly = exportKind === "type" || specifiers.every((named) => isType(named));
        found.push({ specifier: source.value, typeOnly, reExported: true });
      }
    },
    ImportExpression: ({ source }) => {
      if (source.type !== "Literal" || typeof source.value !== "string") {
        throw new Error(`cannot check ${file}: import() of something else than a string`);
      }
      found.push({ specifier: source.value, typeOnly: false, reExported: false });
    },
    TSImportType: ({ source }) => {
      found.push({ specifier: source.value, typeOnly: true, reExported: false });
    },
  });
  visitor.visit(program);
  return found;
}

function isType(specifier: Named): boolean {
  return specifier.importKind === "type" || specifier.exportKind === "type";
}
