/** Path of the field `name` of the object at `parent`. */
export function childPath(parent: string, name: string): string {
  return parent === "" ? name : `${parent}.${name}`;
}

/** Path of the entry `key` of the map at `parent`. */
export function keyPath(parent: string, key: string): string {
  return `${parent}[${key}]`;
}

/** Path of the item `index` of the list at `parent`. */
export function indexPath(parent: string, index: number): string {
  return `${parent}[${index}]`;
}
