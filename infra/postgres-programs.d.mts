export function postgresPrograms(): string | null;
export function postgresUser(): { name: string; uid: number; gid: number } | null;
