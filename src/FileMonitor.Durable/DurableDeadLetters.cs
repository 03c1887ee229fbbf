using System.Text.Json;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.State;

namespace FileMonitor.Durable;

/// <summary>Reads the dead letters of handlers from durable state, also while the monitor runs: for a command or a page.</summary>
public static class DurableDeadLetters
{
    private const int MostBytes = 1024 * 1024 * 1024;

    /// <summary>The dead letters in a directory of durable state, oldest first, by the name of the handler. Handlers that never had one are not in it.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <exception cref="ArgumentNullException"><paramref name="directory"/> is null.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<DeadLetter>> Read(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var files = new JournalDirectory(directory, JournalDevice.Instance);
        var letters = new SortedDictionary<string, IReadOnlyList<DeadLetter>>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(directory, StoredDeadLetters.Prefix + "*" + StoredDeadLetters.Extension))
        {
            var name = Path.GetFileName(path);
            try
            {
                letters[name[StoredDeadLetters.Prefix.Length..^StoredDeadLetters.Extension.Length]] = StoredDeadLetters.Read(files.ReadAll(name, MostBytes));
            }
            catch (JsonException damaged)
            {
                throw new InvalidDataException($"The dead letters in '{name}' cannot be read. {damaged.Message}", damaged);
            }
        }

        return letters;
    }
}
