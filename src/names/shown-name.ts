import { cutTo } from '../columns.ts';
import { printableName } from '../printable.ts';

/** In columns of a terminal. */
const WIDEST = 40;

/** A full name or a country as it stands beside the username that it belongs to: anybody may give themselves any, so it takes little room. */
export const shownFullName = (name: string): string =>
  cutTo(name.trim().split(/\s+/).map(printableName).join(' '), WIDEST);
