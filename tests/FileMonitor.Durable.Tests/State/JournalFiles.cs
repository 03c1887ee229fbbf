using System.Globalization;
using System.Text;

namespace FileMonitor.Durable.Tests.State;

/// <summary>The records of a journal, read from its files as docs/journal.md says. Compiled into other tests, too.</summary>
internal static class JournalFiles
{
    /// <summary>The lines, with their line feed, by their index.</summary>
    public static SortedDictionary<long, string> Lines(string directory)
    {
        var records = new SortedDictionary<long, string>();
        foreach (var file in Directory.GetFiles(directory, "*.ndjson").Where(file => char.IsAsciiDigit(Path.GetFileName(file)[0])).Order(StringComparer.Ordinal))
        {
            // Records from the first of a segment on count in that segment only.
            var index = long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture);
            foreach (var behind in records.Keys.Where(key => key >= index).ToList())
            {
                records.Remove(behind);
            }

            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);
            var text = reader.ReadToEnd();
            foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
            {
                records[index++] = line + "\n";
            }
        }

        return records;
    }
}
