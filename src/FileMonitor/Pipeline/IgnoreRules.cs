namespace FileMonitor;
internal sealed class IgnoreRules { public bool IsIgnoredDirectory(ReadOnlySpan<char> d) => false; public bool IsIgnored(ReadOnlySpan<char> p, ItemType t) => false; }
