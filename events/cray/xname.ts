/** Xnames: names that say where a component is. Pure; the core runs it too. */
export interface Xname {
  /** In lower case and without leading zeros. */
  xname: string;
  /** One of `hmsTypes`. */
  type: string;
}

/** The form of each type's names; `#` is a number. */
const forms: readonly (readonly [type: string, form: string])[] = [
  ['System', 's#'],
  ['CDU', 'd#'],
  ['CDUMgmtSwitch', 'd#w#'],
  ['Partition', 'p#'],
  ['Partition', 'p#.#'],
  ['Cabinet', 'x#'],
  ['CabinetBMC', 'x#b#'],
  ['CabinetCDU', 'x#d#'],
  ['CEC', 'x#e#'],
  ['CabinetPDUController', 'x#m#'],
  ['CabinetPDUNic', 'x#m#i#'],
  ['CabinetPDU', 'x#m#p#'],
  ['CabinetPDUOutlet', 'x#m#p#j#'],
  ['CabinetPDUPowerConnector', 'x#m#p#v#'],
  ['Chassis', 'x#c#'],
  ['ChassisBMC', 'x#c#b#'],
  ['ChassisBMCNic', 'x#c#b#i#'],
  ['CMMFpga', 'x#c#f#'],
  ['CMMRectifier', 'x#c#t#'],
  ['MgmtHLSwitchEnclosure', 'x#c#h#'],
  ['MgmtHLSwitch', 'x#c#h#s#'],
  ['MgmtSwitch', 'x#c#w#'],
  ['MgmtSwitchConnector', 'x#c#w#j#'],
  ['ComputeModule', 'x#c#s#'],
  ['NodePowerConnector', 'x#c#s#v#'],
  ['NodeEnclosure', 'x#c#s#e#'],
  ['NodeEnclosurePowerSupply', 'x#c#s#e#t#'],
  ['NodeBMC', 'x#c#s#b#'],
  ['NodeBMCNic', 'x#c#s#b#i#'],
  ['NodeFpga', 'x#c#s#b#f#'],
  ['Node', 'x#c#s#b#n#'],
  ['VirtualNode', 'x#c#s#b#n#v#'],
  ['Processor', 'x#c#s#b#n#p#'],
  ['Memory', 'x#c#s#b#n#d#'],
  ['NodeAccel', 'x#c#s#b#n#a#'],
  ['NodeAccelRiser', 'x#c#s#b#n#r#'],
  ['NodeHsnNic', 'x#c#s#b#n#h#'],
  ['NodeNic', 'x#c#s#b#n#i#'],
  ['StorageGroup', 'x#c#s#b#n#g#'],
  ['Drive', 'x#c#s#b#n#g#k#'],
  ['RouterModule', 'x#c#r#'],
  ['HSNAsic', 'x#c#r#a#'],
  ['HSNLink', 'x#c#r#a#l#'],
  ['RouterBMC', 'x#c#r#b#'],
  ['RouterBMCNic', 'x#c#r#b#i#'],
  ['HSNBoard', 'x#c#r#e#'],
  ['RouterFpga', 'x#c#r#f#'],
  ['HSNConnector', 'x#c#r#j#'],
  ['HSNConnectorPort', 'x#c#r#j#p#'],
  ['RouterTOR', 'x#c#r#t#'],
  ['RouterTORFpga', 'x#c#r#t#f#'],
  ['RouterPowerConnector', 'x#c#r#v#'],
];

const typeOfForm = new Map(forms.map(([type, form]) => [form, type]));

/** The values of a component's Type. */
export const hmsTypes: readonly string[] = [...new Set(forms.map(([type]) => type))];

/** Longest text that is looked at: far longer than any xname. */
const lengthMax = 64;

/** Normalises an xname (`X0000C0S6B0N0` is `x0c0s6b0n0`), or gives null for what is none. */
export function parseXname(text: string): Xname | null {
  if (text.length > lengthMax) return null;
  const xname = text.trim().toLowerCase().replaceAll(/\d+/g, withoutZeros);
  const type = typeOfForm.get(xname.replaceAll(/\d+/g, '#'));
  return type === undefined ? null : { xname, type };
}

/** A key whose plain order is the order of places: slot 2 before slot 10, a controller before its nodes. */
export function xnameOrder(xname: string): string {
  return xname.replaceAll(/\d+/g, (number) => number.padStart(6, '0'));
}

function withoutZeros(number: string): string {
  return number.replace(/^0+(?=\d)/, '');
}
