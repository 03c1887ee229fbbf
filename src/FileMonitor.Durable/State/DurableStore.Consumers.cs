using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.State;

// The consumers of the journal: they start with the store, and get some time for the rest when it is closed.
internal sealed partial class DurableStore
{
    private const string ConsumerPrefix = "records/";
    private const int MostPemBytes = 4096;

    /// <summary>How long a stop waits for consumers. What is left comes after the next start.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    // Filled before the monitor is made.
    private readonly Dictionary<string, IJournalConsumer> _consumers = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<ConsumerRun> _runs = [];

    /// <summary>Reads records back from one beside the consumers. Null before the store was opened and after it was closed. The caller disposes it.</summary>
    public RecordsBack? ReadBack(long beforeIndex) => _journal is { } journal ? new RecordsBack(Directory, journal.Progress, beforeIndex) : null;

    public void Hurry()
    {
        foreach (var run in _runs)
        {
            run.GiveUp();
        }
    }

    /// <exception cref="ArgumentException">Its name is not as it should be, or another has it.</exception>
    public void Add(IJournalConsumer consumer)
    {
        var name = consumer.Name;
        if (name is not { Length: >= 1 and <= 64 } || !name.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.'))
        {
            throw new ArgumentException("The name of a consumer of the journal has 1 to 64 of the letters A to Z and a to z, digits, '-', '_' and '.'.");
        }

        if (!_consumers.TryAdd(name, consumer))
        {
            throw new ArgumentException($"Two consumers of the journal have the name '{name}': give one of them another, by which its position is kept.");
        }
    }

    private void OpenConsumers()
    {
        if (_consumers.Count == 0)
        {
            return;
        }

        var directory = new JournalDirectory(Directory, _options.Device);
        var key = Encoding.ASCII.GetString(directory.ReadAll(JournalDirectory.FirstKeyName, MostPemBytes));
        var runs = new List<ConsumerRun>();
        foreach (var (name, consumer) in _consumers)
        {
            // From the oldest record on, and at once: until it has acknowledged something, nothing may be deleted.
            var place = _places!.Find(ConsumerPrefix + name) ?? default;
            _places.Set(ConsumerPrefix + name, place);
            var reader = new JournalReader(Directory, _journal!.Progress);
            lock (_gate)
            {
                _readers.Add(reader);
            }

            var run = new ConsumerRun(consumer, _monitor, _time, _logger);
            run.Start(new RecordCursor(ConsumerPrefix + name, reader, new CheckpointReader(directory), _log, _places), _journal.Origin, key);
            runs.Add(run);
        }

        _upkeep!.Save();
        _runs = runs;
        _log.Notify(() =>
        {
            foreach (var run in runs)
            {
                run.Wake();
            }
        });
    }

    private IEnumerable<CursorHealth> ConsumerHealth() => _runs.Select(static run => run.Health).OfType<CursorHealth>();

    private async Task EndConsumersAsync(bool isFinished)
    {
        var ends = _runs.Select(run => isFinished ? run.DrainAsync(DrainTime) : run.EndAsync());
        await Task.WhenAll(ends).ConfigureAwait(false);
    }
}
