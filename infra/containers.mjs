export async function startContainers() {
  throw new Error('later');
}
export async function stopContainers() {}
