export async function keyVectors() { return [] }
