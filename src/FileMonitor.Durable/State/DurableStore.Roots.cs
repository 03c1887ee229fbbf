using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Durable.State;

// Roots that are added and removed while the monitor runs. One caller at a time.
internal sealed partial class DurableStore
{
    public async Task<StoredAddition> AddRootAsync(RootOptions options, Snapshot snapshot, FileStatus now)
    {
        ThrowIfWatched([snapshot.Root]);
        var known = _now.FindAny(snapshot.Root.Path);
        await ChangeAsync(_now.Adding(StoredRoot.Of(options, _attributes))).ConfigureAwait(false);
        var (isStored, isDamaged) = (false, _feeder!.IsRunning);
        await _feeder.RunAsync(store => (isStored, isDamaged) = (StoredBaseline.TryLoad(store, snapshot, now), false)).ConfigureAwait(false);
        if (isDamaged)
        {
            throw new DurableStateException($"The stored baseline of '{snapshot.Root.Path}' is damaged and was put aside. Add the root again: it gets a new one.");
        }

        if (isStored)
        {
            Note(snapshot.Root.Path, known);
            return new StoredAddition(CoverageOf(known, snapshot.Root.Path), null);
        }

        var loss = _baseline!.TakeLoss(snapshot.Root.Path);
        if (loss is null)
        {
            _memory.AddUnknown(snapshot.Root.Path);
        }

        return new StoredAddition(null, loss);
    }

    public void NoteNewlyCovered(MonitoredRoot root, int items) => _memory.AddNewlyCovered(root.Path, items);

    public Task StoreBaselineAsync(Snapshot snapshot) => _feeder!.RunAsync(store => StoredBaseline.Write(store, snapshot));

    public async Task RemoveRootAsync(MonitoredRoot root, bool forgets)
    {
        var keeps = false;
        await _feeder!.RunAsync(store =>
        {
            keeps = !forgets && store.Roots.Any(stored => stored.Path == root.Path && stored.IsComplete);
            if (!keeps)
            {
                store.RemoveRoot(root.Path);
            }

            // What the source still said of it afterwards is not in its tree.
            _feeder.End(root);
        }).ConfigureAwait(false);
        _memory.Remove(root.Path);
        await ChangeAsync(_now.Removing(root.Path, keeps ? _time.GetUtcNow() : null)).ConfigureAwait(false);
    }

    public async Task ForgetFollowedAsync(Func<string, bool> mayLead)
    {
        var next = _now.Forgetting(mayLead);
        List<string> gone = [.. (_now.Kept ?? []).Select(static root => root.FullPath).Where(path => next.FindAny(path) is null)];
        if (gone.Count > 0)
        {
            await _feeder!.RunAsync(store => gone.ForEach(store.RemoveRoot)).ConfigureAwait(false);
            await ChangeAsync(next).ConfigureAwait(false);
        }
    }

    /// <summary>Other roots are watched from now on: records that, and stores them for the next start. One caller at a time.</summary>
    private async Task ChangeAsync(StoredConfiguration next)
    {
        if (_now.ToJson() == next.ToJson())
        {
            return;
        }

        var before = _now;
        _now = next;
        await _log.AppendRecordAsync((Record(StateRecord.ConfigurationChanged) with { Before = before, Configuration = next }).ToLine()).ConfigureAwait(false);
        List<string> forgotten = [.. (before.Kept ?? []).Select(static root => root.FullPath).Where(path => next.FindAny(path) is null)];
        await _feeder!.RunAsync(store =>
        {
            forgotten.ForEach(store.RemoveRoot);
            StoredBaseline.Save(store, next);
        }).ConfigureAwait(false);
    }
}
