using System.Buffers;
using System.Text.Json;
using FileMonitor.Durable.Journals;
using FileMonitor.Durable.State;

namespace FileMonitor.Durable;

/// <summary>Reads the dead letters of handlers from durable state, also while the monitor runs, and writes them as JSON: for a command or a page.</summary>
public static class DurableDeadLetters
{
    /// <summary>The dead letters in a directory of durable state, oldest first, by the name of the handler. Handlers that never had one are not in it.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <exception cref="ArgumentNullException"><paramref name="directory"/> is null.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="FileNotFoundException">There is no journal in it, and no dead letter.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<DeadLetter>> Read(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var files = RecordScan.OpenDirectory(directory);
        var letters = new SortedDictionary<string, IReadOnlyList<DeadLetter>>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(directory, StoredDeadLetters.Prefix + "*" + StoredDeadLetters.Extension))
        {
            var name = Path.GetFileName(path);
            try
            {
                letters[name[StoredDeadLetters.Prefix.Length..^StoredDeadLetters.Extension.Length]] = StoredDeadLetters.Read(files, name);
            }
            catch (JsonException damaged)
            {
                throw new InvalidDataException($"The dead letters in '{name}' cannot be read. {damaged.Message}", damaged);
            }
        }

        if (letters.Count == 0)
        {
            // No dead letters is good news, which a mistyped directory must not give.
            RecordScan.OpenJournal(directory);
        }

        return letters;
    }

    /// <summary>Appends a dead letter as one line of JSON: the properties <c>handler</c>, <c>at</c>, <c>attempts</c>, <c>error</c> and <c>event</c>, and a line feed.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="letter">The dead letter.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void WriteLine(IBufferWriter<byte> output, string handler, DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(letter);
        StoredDeadLetters.WriteLine(output, handler, letter);
    }
}
