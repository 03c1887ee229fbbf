namespace FileMonitor.Sources.Linux;

/// <summary>Which directories below the roots are not watched, and why. Owner: the source's thread.</summary>
/// <param name="tell">Given a root and a sentence for the person on call; null when all of the root is watched again.</param>
internal sealed class FanotifyCoverage(Action<MonitoredRoot, string?> tell)
{
    private const int MaxNamed = 10;

    private readonly Dictionary<MonitoredRoot, SortedDictionary<string, string>> _open = [];

    public void Open(MonitoredRoot root, string relativeDirectory, string reason)
    {
        if (!_open.TryGetValue(root, out var reasons))
        {
            _open.Add(root, reasons = new SortedDictionary<string, string>(StringComparer.Ordinal));
        }

        // More are counted by the words of those that are named: the whole root is compared in any case.
        if (reasons.Count < MaxNamed || reasons.ContainsKey(relativeDirectory))
        {
            reasons[relativeDirectory] = reason;
            Tell(root, reasons);
        }
    }

    public void Close(MonitoredRoot root, string relativeDirectory)
    {
        if (_open.TryGetValue(root, out var reasons) && reasons.Remove(relativeDirectory))
        {
            Tell(root, reasons);
        }
    }

    /// <summary>The root is watched anew.</summary>
    public void Clear(MonitoredRoot root)
    {
        if (_open.Remove(root, out var reasons) && reasons.Count > 0)
        {
            tell(root, null);
        }
    }

    private void Tell(MonitoredRoot root, SortedDictionary<string, string> reasons) =>
        tell(root, reasons.Count == 0 ? null : $"Parts of '{root.Path}' are not watched, and the root is compared with the disk instead: {string.Join(' ', reasons.Values)}");
}
