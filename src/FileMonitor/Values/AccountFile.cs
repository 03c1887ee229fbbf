using System.Globalization;

namespace FileMonitor.Values;

/// <summary>
/// The names of users or groups, read from a file like <c>/etc/passwd</c>: the C library would load modules that use the network. Owner: the
/// thread that has it.
/// </summary>
internal sealed class AccountFile(string file, TimeProvider time)
{
    private const int MaxNames = 65_536;
    private const long MaxBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, string> _names = [];
    private DateTime _writtenAt;
    private long? _checkedAt;

    /// <summary>The name of an account; null when the file does not have it.</summary>
    public string? NameOf(long id)
    {
        if (_checkedAt is not { } checkedAt || time.GetElapsedTime(checkedAt) >= CheckInterval)
        {
            _checkedAt = time.GetTimestamp();
            ReadIfChanged();
        }

        return _names.GetValueOrDefault(id);
    }

    private void ReadIfChanged()
    {
        try
        {
            var found = new FileInfo(file);
            if (!found.Exists || found.LastWriteTimeUtc == _writtenAt || found.Length > MaxBytes)
            {
                return;
            }

            _writtenAt = found.LastWriteTimeUtc;
            _names.Clear();
            foreach (var line in File.ReadLines(file))
            {
                // Format of both files: name:password:id:... For several names with one id, the first counts.
                var fields = line.Split(':');
                if (fields.Length > 2
                    && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && _names.Count < MaxNames)
                {
                    _names.TryAdd(id, fields[0]);
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // The names stay unknown.
        }
    }
}
