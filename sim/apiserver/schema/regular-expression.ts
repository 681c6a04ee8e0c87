const compiled = new Map<string, RegExp>();

/** A pattern in the syntax schemas use (RE2), for matching anywhere in a text. Throws on a bad pattern. */
export function regularExpression(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) {
    return known;
  }
  // RE2 writes flags for the whole pattern in front of it; JavaScript takes them apart from it.
  const [, letters = "", rest = pattern] = /^\(\?([ims]+)\)(.*)$/su.exec(pattern) ?? [];
  const expression = compile(rest.replaceAll("\\z", "$").replaceAll("\\A", "^"), letters);
  compiled.set(pattern, expression);
  return expression;
}

function compile(source: string, letters: string): RegExp {
  try {
    return new RegExp(source, `${letters}u`);
  } catch {
    // Escapes such as `\-` are fine in RE2 and only without the Unicode flag in JavaScript.
    return new RegExp(source, letters);
  }
}
