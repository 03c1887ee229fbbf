using System.Globalization;
using System.Text.RegularExpressions;

namespace FileMonitor.Agent.Events;

/// <summary>How far a reader is in the events of one monitor.</summary>
/// <param name="Sequence">The number of the last event that it has; 0 for none.</param>
/// <param name="Mark">
/// The end of that event's id, which is random: a journal that has another event of this number is not the one that the reader read. Empty when it is not known.
/// </param>
internal readonly record struct MonitorPlace(long Sequence, string Mark = "")
{
    private const int MarkLetters = 8;

    public static string MarkOf(Guid id) => id.ToString("N")[^MarkLetters..];

    public static bool IsMark(string mark) => mark.Length == 0 || (mark.Length == MarkLetters && mark.All(char.IsAsciiHexDigitLower));
}

/// <summary>
/// How far a reader is in each monitor, so that it can go on after a restart of the agent: the journals number the events of each monitor, and positions of the
/// buffer begin anew. Immutable. As text it is the end of an event's id: <c>~inbox~26~1f3a09bc~outbox~4~77aa0123</c>.
/// </summary>
internal sealed partial class StreamPlace
{
    /// <summary>In place of run and position: an id from no buffer.</summary>
    public const string FromJournals = "journal-0";

    /// <summary>In no name of a monitor that keeps state.</summary>
    public const string Separator = "~";

    // A monitor without a place was never heard of.
    private readonly string[] _monitors;
    private readonly MonitorPlace?[] _places;
    private string? _text;

    private StreamPlace(string[] monitors, MonitorPlace?[] places) => (_monitors, _places) = (monitors, places);

    /// <summary>Where no state is kept.</summary>
    public static StreamPlace None { get; } = new([], []);

    /// <summary>Whether no monitor has a place here.</summary>
    public bool IsEmpty => _monitors.Length == 0;

    /// <summary>The place in a monitor; null where it is not known.</summary>
    public MonitorPlace? this[string monitor] => Array.IndexOf(_monitors, monitor) is >= 0 and var at ? _places[at] : null;

    /// <summary>Whether a text has the form of an event's id, of whatever run.</summary>
    public static bool IsId(string text) => Id().IsMatch(text);

    /// <summary>No place known in any of these monitors.</summary>
    public static StreamPlace Of(IEnumerable<string> monitors)
    {
        var names = monitors.ToArray();
        return new(names, new MonitorPlace?[names.Length]);
    }

    /// <summary>Reads what an id ends with. Monitors that are not of this run are left out.</summary>
    /// <param name="id">The id; anything at all may be in it.</param>
    /// <param name="none">The monitors of this run.</param>
    /// <returns>Null when it says nothing about any of them.</returns>
    public static StreamPlace? Read(string id, StreamPlace none)
    {
        var parts = id.Split(Separator);
        var read = none;
        for (var at = 1; at + 2 < parts.Length; at += 3)
        {
            if (long.TryParse(parts[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && MonitorPlace.IsMark(parts[at + 2]))
            {
                read = read.With(parts[at], new(sequence, parts[at + 2]));
            }
        }

        return ReferenceEquals(read, none) ? null : read;
    }

    /// <summary>With another place in one monitor; the same when that is none of these.</summary>
    public StreamPlace With(string monitor, MonitorPlace place)
    {
        if (Array.IndexOf(_monitors, monitor) is not (>= 0 and var at))
        {
            return this;
        }

        var places = (MonitorPlace?[])_places.Clone();
        places[at] = place;
        return new(_monitors, places);
    }

    /// <summary>With a place in a monitor that has none yet.</summary>
    public StreamPlace WithFirst(string monitor, MonitorPlace place) => this[monitor] is null ? With(monitor, place) : this;

    // Written once for each event that is published: by who has the turn.
    public override string ToString() =>
        _text ??= string.Concat(_monitors.Zip(_places).Where(one => one.Second is not null).Select(one => string.Create(
            CultureInfo.InvariantCulture, $"{Separator}{one.First}{Separator}{one.Second!.Value.Sequence}{Separator}{one.Second.Value.Mark}")));

    [GeneratedRegex("^(?:[0-9a-f]{12}-[0-9]{1,19}|journal-0)(?:~[A-Za-z0-9._-]{1,64}~[0-9]{1,19}~(?:[0-9a-f]{8})?)*\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Id();
}
