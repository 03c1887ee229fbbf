namespace FileMonitor.Values;

/// <summary>Finds the name that was probably meant by one that is none. The agent and the command compile this file, too.</summary>
internal static class NearestName
{
    // What is longer was not meant to be one of ours, and would take time.
    private const int MostLetters = 64;

    /// <summary>The nearest of the names: few letters left out, too many, wrong or swapped. Case does not matter.</summary>
    /// <returns>Null when none is near. Of equally near ones the first.</returns>
    public static string? Of(string given, IEnumerable<string> names)
    {
        if (given.Length is 0 or > MostLetters)
        {
            return null;
        }

        // A third of the letters may be wrong: Ingore is Ignore, and Path is not Debounce.
        var nearest = names.Select(name => (Name: name, Distance: Distance(given.ToUpperInvariant(), name.ToUpperInvariant()))).DefaultIfEmpty().MinBy(one => one.Distance);
        return nearest.Name is { } found && nearest.Distance <= Math.Max(1, Math.Min(given.Length, found.Length) / 3) ? found : null;
    }

    /// <summary>The question behind a refusal, with a blank before it; empty when no name is near.</summary>
    public static string Question(string given, IEnumerable<string> names) => Of(given, names) is { } near ? $" Did you mean `{near}`?" : "";

    /// <summary>How many letters have to be inserted, removed, replaced or swapped with the next one.</summary>
    public static int Distance(string one, string other)
    {
        var before = new int[other.Length + 1];
        var last = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var now = new int[other.Length + 1];
            now[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                now[j] = Math.Min(Math.Min(last[j], now[j - 1]) + 1, last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    now[j] = Math.Min(now[j], before[j - 2] + 1);
                }
            }

            (before, last) = (last, now);
        }

        return last[^1];
    }
}
