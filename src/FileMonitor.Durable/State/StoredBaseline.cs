using FileMonitor.Durable.Baseline;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Verification;
using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Durable.State;

/// <summary>
/// The baseline during the start of the monitor: applies the records of the journal that it does not have, loads it, and writes the first baseline of new roots.
/// Owner: the start; after it the <see cref="BaselineFeeder"/>.
/// </summary>
internal sealed class StoredBaseline
{
    private const string ConfigurationName = "configuration";
    private const int ChunkItems = 8192;

    private readonly string _directory;
    private readonly DateTimeOffset _now;
    private readonly List<TreeDelta> _chunk = [];
    private readonly Dictionary<string, string> _lost = [];
    private long _records;

    public StoredBaseline(string directory, DateTimeOffset now)
    {
        (_directory, _now) = (directory, now);
        Store = Open();
        if (Store.DamagedFile is { } aside)
        {
            WhyAllIsLost = $"The stored baseline was damaged and was put aside as {aside}.";
        }
    }

    public BaselineStore Store { get; private set; }

    /// <summary>Why the stored baseline of all roots is lost; null when it is not.</summary>
    public string? WhyAllIsLost { get; private set; }

    /// <summary>What is wrong with the journal, by what was kept of it with the changes that were applied; null when nothing is.</summary>
    public JournalFinding? Contradiction { get; private set; }

    /// <summary>How many records of the journal were applied at start.</summary>
    public long Redone { get; private set; }

    /// <summary>The roots and patterns of the run before; null when there was none.</summary>
    public StoredConfiguration? Configuration { get; private set; }

    /// <summary>Applies the records that the baseline does not have. When one cannot be applied, the baseline is useless and is moved aside.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="records">How many records it has.</param>
    /// <param name="unsigned">How many of them no checkpoint covered when it was opened.</param>
    public void Redo(JournalReader journal, long records, long unsigned)
    {
        _records = records;
        if (Store.Applied > records)
        {
            Drop($"The stored baseline is ahead of the journal, which has only {records} records.");
        }

        try
        {
            Configuration = StoredConfiguration.Parse(Store.GetMeta(ConfigurationName));
            if (Configuration is null && records > 0)
            {
                WhyAllIsLost ??= $"The stored baseline is missing, although the journal has {records} records.";
            }

            Compare(records, unsigned);
            RedoAll(journal, records);
        }
        catch (Exception wrong) when (wrong is InvalidDataException || (wrong as BaselineException)?.Fault is BaselineFault.Damaged or BaselineFault.DoesNotFit)
        {
            Drop(wrong.Message);
        }
    }

    /// <summary>Stores the current roots and removes roots that are no longer watched.</summary>
    public void SetConfiguration(StoredConfiguration configuration)
    {
        foreach (var root in Store.Roots)
        {
            if (configuration.FindAny(root.Path) is null)
            {
                Store.RemoveRoot(root.Path);
            }
            else if (!root.IsComplete)
            {
                _lost[root.Path] = "The first look at this root was not finished when the process ended.";
                Store.RemoveRoot(root.Path);
            }
        }

        foreach (var root in configuration.Roots.Concat(configuration.Kept ?? []))
        {
            if (Configuration?.FindAny(root.Path) is not null && !Store.Roots.Any(stored => stored.Path == root.Path))
            {
                _lost[root.Path] = "The first look at this root was not finished when the process ended.";
            }
        }

        Save(Store, configuration);
    }

    /// <summary>Stores the roots. At run time called by the task that owns the baseline.</summary>
    public static void Save(BaselineStore store, StoredConfiguration configuration) => store.SetMeta(ConfigurationName, configuration.ToJson());

    /// <summary>Stores the first baseline of a root that was added. Called by the task that owns the baseline.</summary>
    public static void Write(BaselineStore store, Snapshot snapshot)
    {
        var path = snapshot.Root.Path;
        store.RemoveRoot(path);
        store.WriteChunk(path, [TreeDelta.Root(snapshot.IsLost) with { Status = snapshot.IsLost ? null : snapshot.Top.ToStatus() }]);
        foreach (var chunk in snapshot.All().Select(static entry => TreeDelta.Add(Snapshot.PathOf(entry), entry.ToStatus()) with
        {
            IsAnnounced = true,
            IsBaselineDue = entry.IsBaselineDue,
            HasTarget = entry.LinkTarget is not null,
            Target = entry.LinkTarget,
        }).Chunk(ChunkItems))
        {
            store.WriteChunk(path, chunk);
        }

        store.Complete(path, store.Applied);
    }

    /// <summary>The root was added, and what was lost of it is told.</summary>
    public string? TakeLoss(string root)
    {
        var loss = LossOf(root);
        _lost.Remove(root);
        return loss;
    }

    /// <summary>Fills an empty snapshot.</summary>
    /// <returns>False when no complete baseline of the root is stored.</returns>
    public bool TryLoad(Snapshot snapshot, in FileStatus now)
    {
        try
        {
            return TryLoad(Store, snapshot, now);
        }
        catch (BaselineException damaged) when (damaged.Fault is BaselineFault.Damaged or BaselineFault.DoesNotFit)
        {
            Drop(damaged.Message);
            return false;
        }
    }

    /// <summary>The same for a root that is added while the monitor runs. Called by the task that owns the baseline.</summary>
    /// <exception cref="BaselineException">The baseline is damaged, or cannot be read. The snapshot is of no use then.</exception>
    public static bool TryLoad(BaselineStore store, Snapshot snapshot, in FileStatus now)
    {
        if (!store.Roots.Any(root => root.Path == snapshot.Root.Path && root.IsComplete))
        {
            return false;
        }

        var device = Fill(snapshot, store.Load(snapshot.Root.Path), now);
        if (device != now.Device && now.IsFound && device != 0)
        {
            // The system gave the device another number, for instance after a reboot: store the new number.
            Rewrite(store, snapshot.Root.Path, device, now.Device);
        }

        return true;
    }

    public void Add(MonitoredRoot root, in TreeDelta delta)
    {
        _chunk.Add(delta);
        if (_chunk.Count == ChunkItems)
        {
            WriteChunk(root.Path);
        }
    }

    public void Complete(MonitoredRoot root)
    {
        WriteChunk(root.Path);
        Store.Complete(root.Path, Math.Max(_records, Store.Applied));
    }

    /// <summary>Why the stored baseline of a root is lost or incomplete; null when it is not.</summary>
    public string? LossOf(string root) => _lost.GetValueOrDefault(root) ?? WhyAllIsLost;

    private BaselineStore Open() => BaselineStore.Open(_directory, _now, OperatingSystem.IsWindows() || OperatingSystem.IsMacOS());

    /// <summary>
    /// Compares the journal with what was kept of it. A signature shows whether somebody changed a record that a checkpoint covers; of those behind the last checkpoint nothing else does, and the next checkpoint would sign them.
    /// </summary>
    private void Compare(long records, long unsigned)
    {
        if (JournalMark.TryParse(Store.JournalMark) is not { } mark)
        {
            return;
        }

        if (mark.Size > records)
        {
            Contradiction = new(
                JournalProblem.RecordsMissing, _directory, records, mark.Size - 1, FormattableString.Invariant($"The journal had {mark.Size} records and has {records}: somebody cut off its end."));
            return;
        }

        if (RecordsRoot.At(new JournalDirectory(_directory, JournalDevice.Instance), mark.Size) is not { } root
            || root.AsSpan().SequenceEqual(mark.Root))
        {
            return;
        }

        var first = Math.Min(records - unsigned, mark.Size - 1);
        Contradiction = new(
            JournalProblem.RecordsChanged, _directory, first, mark.Size - 1,
            unsigned > 0
                ? FormattableString.Invariant($"Among records {first} to {mark.Size - 1}, which no checkpoint covered when the process before ended, at least one is not what was written: somebody changed the journal since then.")
                : FormattableString.Invariant($"Among the records before {mark.Size} at least one is not what was written when the baseline was: somebody changed or exchanged the journal."));
    }

    private void RedoAll(JournalReader journal, long records)
    {
        var lines = new JournalLines();
        var complete = Store.Roots.Where(root => root.IsComplete).Select(root => root.Path).ToHashSet();
        for (var next = Store.Applied; next < records;)
        {
            var status = journal.Read(next, lines, 4096, 4 * 1024 * 1024);
            if (status == JournalReadStatus.Deleted)
            {
                throw new InvalidDataException($"The journal does not have the records from {next} on any more, which the baseline needs.");
            }

            var changes = new List<RootDeltas>();
            for (var at = 0; at < lines.Count; at++)
            {
                Collect(changes, EventLine.ReadRedo(lines[at]), complete);
            }

            next += lines.Count;
            Redone += lines.Count;
            Store.Apply(changes, next);
        }
    }

    private static void Collect(List<RootDeltas> changes, IReadOnlyList<(string Root, TreeDelta Delta)> redo, HashSet<string> roots)
    {
        foreach (var (root, delta) in redo)
        {
            if (!roots.Contains(root))
            {
                // The first baseline of this root was not completed, so it is taken again.
                continue;
            }

            if (changes.Count == 0 || changes[^1].Root != root)
            {
                changes.Add(new RootDeltas(root, new List<TreeDelta>()));
            }

            ((List<TreeDelta>)changes[^1].Deltas).Add(delta);
        }
    }

    /// <returns>The stored number of the root's device; 0 when the root is another directory.</returns>
    private static ulong Fill(Snapshot snapshot, IEnumerable<TreeDelta> deltas, in FileStatus now)
    {
        var device = 0UL;
        foreach (var delta in deltas)
        {
            if (delta.Kind == TreeDeltaKind.Root)
            {
                device = IsSameDirectory(delta.Status, now) ? delta.Status!.Value.Device : 0;
            }

            snapshot.Apply(Renumber(delta, device, now.Device));
        }

        return device;
    }

    /// <summary>Whether the root is the stored directory. Another directory has another number or time of birth.</summary>
    private static bool IsSameDirectory(FileStatus? stored, in FileStatus now) =>
        stored is { } before && now.IsFound && before.FileNumber == now.FileNumber && (before.BirthTicks == 0 || now.BirthTicks == 0 || before.BirthTicks == now.BirthTicks);

    private static TreeDelta Renumber(in TreeDelta delta, ulong from, ulong to)
    {
        if (from == 0 || from == to || delta.Status is not { } status || status.Device != from)
        {
            return delta;
        }

        return delta with
        {
            Status = status with { Device = to },
        };
    }

    private static void Rewrite(BaselineStore store, string root, ulong from, ulong to)
    {
        var deltas = store.Load(root).Select(delta => Renumber(delta, from, to)).ToList();
        store.RemoveRoot(root);
        foreach (var chunk in deltas.Chunk(ChunkItems))
        {
            store.WriteChunk(root, chunk);
        }

        store.Complete(root, store.Applied);
    }

    private void WriteChunk(string root)
    {
        if (_chunk.Count > 0)
        {
            Store.WriteChunk(root, _chunk);
            _chunk.Clear();
        }
    }

    private void Drop(string why)
    {
        Store.Dispose();
        var aside = BaselineStore.SetAside(_directory, _now);
        Store = Open();
        Configuration = null;
        WhyAllIsLost = $"The stored baseline could not be used and was put aside as {aside}: {why}";
    }
}
