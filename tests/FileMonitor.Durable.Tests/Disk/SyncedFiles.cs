using System.Globalization;

namespace FileMonitor.Durable.Tests.Disk;

/// <summary>What a loss of power leaves of what was not forced to the device.</summary>
public enum PowerLoss
{
    /// <summary>Nothing: neither bytes nor names.</summary>
    OnlySynced,

    /// <summary>All names, and of a file by chance all of its bytes or only those that were synced.</summary>
    NamesFirst,

    /// <summary>All names, and by chance some pages of each file.</summary>
    Torn,
}

/// <summary>Makes of a directory what a loss of power would have left of it.</summary>
internal static class SyncedFiles
{
    private const int Page = 4096;

    /// <param name="directory">The directory, as the process left it.</param>
    /// <param name="synced">What the library kept: see tests/FaultyDisk.</param>
    /// <param name="loss">What is left besides.</param>
    /// <param name="random">Chooses.</param>
    public static void Restore(string directory, string synced, PowerLoss loss, Random random)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        var kept = Kept(synced);
        var now = Directory.GetFiles(directory).Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        foreach (var name in now.Keys)
        {
            File.Delete(Path.Join(directory, name));
        }

        foreach (var name in loss == PowerLoss.OnlySynced ? kept.Keys : (IEnumerable<string>)now.Keys)
        {
            // The number in "now" is that of the file which has the name now, which may be another one than at the last sync of the directory.
            var bytes = loss switch
            {
                PowerLoss.OnlySynced => kept[name],
                PowerLoss.NamesFirst => random.Next(2) == 0 ? now[name] : SyncedNow(synced, name),
                _ => Tear(SyncedNow(synced, name), now[name], random),
            };
            var path = Path.Join(directory, name);
            File.WriteAllBytes(path, bytes);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    private static byte[] Tear(byte[] before, byte[] now, Random random)
    {
        var torn = new byte[random.Next(2) == 0 ? now.Length : Math.Min(now.Length, before.Length)];
        for (var at = 0; at < torn.Length; at += Page)
        {
            var from = random.Next(2) == 0 ? now : before;
            var length = Math.Min(Page, Math.Min(torn.Length, from.Length) - at);
            if (length > 0)
            {
                from.AsSpan(at, length).CopyTo(torn.AsSpan(at));
            }
        }

        return torn;
    }

    private static Dictionary<string, byte[]> Kept(string synced) => Names(synced, "names").ToDictionary(one => one.Name, one => Content(synced, one.Number));

    private static byte[] SyncedNow(string synced, string name) => Content(synced, Names(synced, "names-now").Single(one => one.Name == name).Number);

    private static IEnumerable<(int Number, string Name)> Names(string synced, string file) =>
        File.Exists(Path.Join(synced, file))
            ? File.ReadAllLines(Path.Join(synced, file)).Select(line => line.Split(' ', 2)).Select(parts => (int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]))
            : [];

    /// <summary>Nothing, when it was never forced to the device.</summary>
    private static byte[] Content(string synced, int number)
    {
        var path = Path.Join(synced, number.ToString(CultureInfo.InvariantCulture));
        return File.Exists(path) ? File.ReadAllBytes(path) : [];
    }
}
