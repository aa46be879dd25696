import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

const merge = extendTailwindMerge({ extend: { classGroups: { 'font-size': [{ text: ['2xs'] }] } } });

/** Joins class names; of two that set the same property the later wins, so that a caller may adjust a component. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
