using System.Text.Json;
using FileMonitor.Durable.State;
using FileMonitor.JsonLines;

namespace FileMonitor.Durable.Journals;

/// <summary>Makes a report of the records of a journal, in one pass. One owner; used once.</summary>
internal sealed class ReportBuilder(JournalVerification verification, DateTimeOffset? from, DateTimeOffset? to)
{
    private const string KeyChanged = "KeyChanged";
    private const string State = "State";

    private readonly DateTimeOffset _from = from ?? DateTimeOffset.MinValue;
    private readonly DateTimeOffset _to = to ?? DateTimeOffset.MaxValue;
    private readonly RunLedger _runs = new();
    private readonly RootLedger _roots = new();
    private readonly OpenGapLedger _gaps = new();
    private readonly SortedDictionary<(AuditEventKind Kind, AuditEventOrigin Origin), long> _counts = [];
    private readonly List<JournalScope> _scopes = [];
    private readonly List<AuditEvent> _offline = [];
    private readonly List<JournalAcceptance> _acceptances = [];
    private StoredConfiguration? _scope;
    private (long Index, DateTimeOffset At)? _first;
    private (long Index, DateTimeOffset At)? _last;
    private long _offlineCount;
    private long _unknown;

    public JournalReport Build(string directory, CancellationToken cancellationToken)
    {
        foreach (var records in VerifiedRecords.Read(directory, verification))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(records.Index, records.Line);
        }

        return new()
        {
            Verification = verification,
            From = from,
            To = to,
            FirstRecord = _first?.Index,
            LastRecord = _last?.Index,
            FirstAt = _first?.At,
            LastAt = _last?.At,
            Scopes = _scopes,
            Runs = _runs.Between(_from, _to),
            Pauses = [.. _runs.PausesBetween(_from, _to), .. _roots.PausesBetween(_from, _to)],
            FirstWatched = [.. _roots.FirstBetween(_from, _to)],
            Counts = [.. _counts.Select(count => new JournalCount { Kind = count.Key.Kind, Origin = count.Key.Origin, Count = count.Value })],
            OfflineCount = _offlineCount,
            Offline = _offline,
            OpenGapCount = _gaps.Count,
            OpenGaps = _gaps.First(JournalReport.MostListed),
            Acceptances = _acceptances,
            UnknownRecords = _unknown,
            Events = ReadEvents(directory, cancellationToken),
        };
    }

    private IEnumerable<AuditEvent> ReadEvents(string directory, CancellationToken cancellationToken)
    {
        foreach (var records in VerifiedRecords.Read(directory, verification))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = RecordLine.Read(records.Line);
            if (record is { IsEvent: true, At: { } at } && at >= _from && at < _to && AuditEventJson.TryParse(records.Line.TrimEnd((byte)'\n'), out var auditEvent))
            {
                yield return auditEvent;
            }
        }
    }

    private void Add(long index, ReadOnlySpan<byte> line)
    {
        var record = RecordLine.Read(line);
        if (record.At is not { } at)
        {
            // Changes of the tree that no event tells have no time.
            _unknown += record.Kind == State ? 0 : 1;
            return;
        }

        if (record.Kind == AcceptedRecord.KindName)
        {
            AddAcceptance(index, line, at);
        }

        if (at >= _to)
        {
            return;
        }

        var isInPeriod = at >= _from;
        if (isInPeriod)
        {
            _first ??= (index, at);
            _last = (index, at);
        }

        if (record.IsEvent)
        {
            AddEvent(line, at, isInPeriod);
        }
        else if (record.Kind is not (AcceptedRecord.KindName or KeyChanged))
        {
            AddState(line, isInPeriod);
        }
    }

    private void AddEvent(ReadOnlySpan<byte> line, DateTimeOffset at, bool isInPeriod)
    {
        _runs.Seen(at);
        if (!AuditEventJson.TryParse(line.TrimEnd((byte)'\n'), out var auditEvent))
        {
            _unknown += isInPeriod ? 1 : 0;
            return;
        }

        _gaps.Add(auditEvent);
        _roots.Told(auditEvent);
        if (!isInPeriod)
        {
            return;
        }

        var key = (auditEvent.Kind, auditEvent.Origin);
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
        if (auditEvent.Origin == AuditEventOrigin.Offline && _offlineCount++ < JournalReport.MostListed)
        {
            _offline.Add(auditEvent);
        }
    }

    private void AddState(ReadOnlySpan<byte> line, bool isInPeriod)
    {
        var record = TryReadState(line);
        switch (record?.Kind)
        {
            case StateRecord.Started:
                _runs.Started(record);
                _gaps.Started();
                SetScope(record, isInPeriod);
                break;
            case StateRecord.Stopped:
                _runs.Stopped(record.At);
                break;
            case StateRecord.Recovered:
                _runs.Recovered(record);
                break;
            case StateRecord.ConfigurationChanged:
                SetScope(record, isInPeriod);
                break;
            default:
                _unknown += isInPeriod ? 1 : 0;
                break;
        }
    }

    private void SetScope(StateRecord record, bool isInPeriod)
    {
        _roots.Configured(record);
        if (record.Configuration is not { } scope || scope.ToJson() == _scope?.ToJson())
        {
            return;
        }

        _scope = scope;
        if (!isInPeriod)
        {
            // Only the one that holds when the period begins.
            _scopes.Clear();
        }

        _scopes.Add(new()
        {
            Since = record.At,
            Roots = [.. scope.Roots.Select(root => new JournalRoot { Path = root.FullPath, Recursive = root.Recursive, Include = root.Include, Ignore = root.Ignore })],
        });
    }

    private void AddAcceptance(long index, ReadOnlySpan<byte> line, DateTimeOffset at)
    {
        if (at < _from)
        {
            return;
        }

        if (AcceptedRecord.TryRead(line) is { } accepted)
        {
            _acceptances.Add(new(index, at, accepted.Who, accepted.Why, accepted.Events, accepted.Ticket));
        }
        else
        {
            _unknown++;
        }
    }

    private static StateRecord? TryReadState(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, StateJson.Default.StateRecord);
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException)
        {
            return null;
        }
    }
}
