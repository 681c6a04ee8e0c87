/** Replaces each `${NAME}` of a template; every name of the template and every value must have its counterpart. */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const filled = template.replaceAll(/\$\{(?<name>\w+)\}/gu, (_whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      throw new Error(`expected a value for \${${name}}, found values for ${Object.keys(values).join(", ")} only`);
    }
    used.add(name);
    return value;
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw new Error(`expected the template to use every value, found no \${${unused.join("}, ${")}} in it`);
  }
  return filled;
}
