namespace FileMonitor;
internal static class FileMonitorOptionsRules { public static IReadOnlyList<string> GetErrors(FileMonitorOptions o) => []; }
