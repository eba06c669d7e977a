/** Xnames: names that say where a component is. Pure; the core runs it too. */
export interface Xname {
  /** In lower case and without leading zeros. */
  xname: string;
  /** One of `hmsTypes`. */
  type: string;
}

/**
 * The form of each type's names: `#` is a number, `+` one from 1, and a digit or a class is itself. Cabinets (x#) end
 * at 9999 and chassis (c#) at 7. The types and their ranges are those of HPE's hms-xname 1.4, which hms-smd goes by:
 * what it takes for malformed is malformed here.
 */
const forms: readonly (readonly [type: string, form: string])[] = [
  ['All', 'all'],
  ['AllComp', 'all_comp'],
  ['AllSvc', 'all_svc'],
  ['System', 's0'],
  ['SMSBox', 'sms#'],
  ['Partition', 'p#'],
  ['Partition', 'p#.#'],
  ['CDU', 'd#'],
  ['CDUMgmtSwitch', 'd#w#'],
  ['Cabinet', 'x#'],
  ['CabinetBMC', 'x#b0'],
  ['CabinetCDU', 'x#d[0-1]'],
  ['CEC', 'x#e[0-1]'],
  ['CabinetPDUController', 'x#m[0-3]'],
  ['CabinetPDUNic', 'x#m[0-3]i[0-3]'],
  ['CabinetPDU', 'x#m[0-3]p[0-7]'],
  ['CabinetPDUOutlet', 'x#m[0-3]p[0-7]j+'],
  ['CabinetPDUPowerConnector', 'x#m[0-3]p[0-7]v+'],
  ['Chassis', 'x#c#'],
  ['ChassisBMC', 'x#c#b0'],
  ['ChassisBMCNic', 'x#c#b0i[0-3]'],
  ['CMMFpga', 'x#c#f0'],
  ['CMMRectifier', 'x#c#t[0-9]'],
  ['MgmtHLSwitchEnclosure', 'x#c#h+'],
  ['MgmtHLSwitch', 'x#c#h+s[1-9]'],
  ['MgmtSwitch', 'x#c#w+'],
  ['MgmtSwitchConnector', 'x#c#w+j+'],
  ['ComputeModule', 'x#c#s#'],
  ['NodePowerConnector', 'x#c#s#v[1-2]'],
  ['NodePowerConnector', 'x#c#s#j[1-2]'],
  ['NodeEnclosure', 'x#c#s#e#'],
  ['NodeEnclosurePowerSupply', 'x#c#s#e#t#'],
  ['NodeBMC', 'x#c#s#b#'],
  ['NodeBMCNic', 'x#c#s#b#i[0-3]'],
  ['NodeFpga', 'x#c#s#b#f0'],
  ['Node', 'x#c#s#b#n#'],
  ['VirtualNode', 'x#c#s#b#n#v#'],
  ['Processor', 'x#c#s#b#n#p[0-3]'],
  ['Memory', 'x#c#s#b#n#d#'],
  ['NodeAccel', 'x#c#s#b#n#a#'],
  ['NodeAccelRiser', 'x#c#s#b#n#r[0-7]'],
  ['NodeHsnNic', 'x#c#s#b#n#h[0-3]'],
  ['NodeNic', 'x#c#s#b#n#i[0-3]'],
  ['StorageGroup', 'x#c#s#b#n#g#'],
  ['Drive', 'x#c#s#b#n#g#k#'],
  ['RouterModule', 'x#c#r#'],
  ['HSNAsic', 'x#c#r#a[0-3]'],
  ['HSNLink', 'x#c#r#a[0-3]l#'],
  ['RouterBMC', 'x#c#r#b#'],
  ['RouterBMCNic', 'x#c#r#b#i[0-3]'],
  ['HSNBoard', 'x#c#r#e#'],
  ['RouterFpga', 'x#c#r#f[0-1]'],
  ['HSNConnector', 'x#c#r#j+'],
  ['HSNConnectorPort', 'x#c#r#j+p[0-2]'],
  ['RouterTOR', 'x#c#r#t#'],
  ['RouterTORFpga', 'x#c#r#t#f[0-1]'],
  ['RouterPowerConnector', 'x#c#r#v[1-2]'],
];

/** Longest text that is looked at: far longer than any xname. */
const lengthMax = 64;

/** Digits of the longest number, as many as `xnameOrder` puts in order. */
const digitsMax = 6;

/** Each form's type, by the form with every number as `#`. */
const kinds = new Map(forms.map(([type, form]) => [shapeOf(form), { type, pattern: patternOf(form) }]));

/** The values of a component's Type. */
export const hmsTypes: readonly string[] = [...new Set(forms.map(([type]) => type))];

/** Normalises an xname (`X0000C0S6B0N0` is `x0c0s6b0n0`), or gives null for what is none. */
export function parseXname(text: string): Xname | null {
  if (text.length > lengthMax) return null;
  const xname = isNormal(text) ? text : text.trim().toLowerCase().replaceAll(/\d+/g, withoutZeros);
  const kind = kinds.get(shapeOfName(xname));
  return kind?.pattern.test(xname) ? { xname, type: kind.type } : null;
}

/** A key whose plain order is the order of places: slot 2 before slot 10, a controller before its nodes. */
export function xnameOrder(xname: string): string {
  return xname.replaceAll(/\d+/g, (number) => number.padStart(digitsMax, '0'));
}

/**
 * True where nothing is to be normalised: lower-case ASCII letters, digits, dots and underscores, and no number with a
 * leading zero. Most are so.
 */
function isNormal(text: string): boolean {
  let inNumber = false;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    const isDigit = isDigitAt(text, n);
    if (!isDigit && !(code >= 97 && code <= 122) && code !== 46 && code !== 95) return false;
    if (code === 48 && !inNumber && isDigitAt(text, n + 1)) return false;
    inNumber = isDigit;
  }
  return true;
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function withoutZeros(number: string): string {
  return number.replace(/^0+(?=\d)/, '');
}

function shapeOf(text: string): string {
  return text.replaceAll(/\[[^\]]*\]|\+|\d+/g, '#');
}

/** The same for a name, which has no classes: each number becomes `#`. */
function shapeOfName(xname: string): string {
  let shape = '';
  for (let n = 0; n < xname.length; n++) {
    if (!isDigitAt(xname, n)) shape += xname[n];
    else if (!isDigitAt(xname, n - 1)) shape += '#';
  }
  return shape;
}

function patternOf(form: string): RegExp {
  const source = form
    .replace('.', '\\.')
    .replace(/^x#/, 'x\\d{1,4}')
    .replace(/c#/, 'c[0-7]')
    .replaceAll('#', `\\d{1,${digitsMax}}`)
    .replaceAll('+', `[1-9]\\d{0,${digitsMax - 1}}`);
  return new RegExp(`^${source}$`);
}
