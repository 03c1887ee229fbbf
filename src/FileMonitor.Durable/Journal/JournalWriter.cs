using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal;

/// <summary>How a commit ended that made all lines durable.</summary>
/// <param name="Committed">How many records there are.</param>
/// <param name="Postponed">Why a checkpoint or a new segment could not be made; it is tried again with the next commit or tick. Null when nothing is due.</param>
internal readonly record struct JournalCommit(long Committed, Exception? Postponed);

/// <summary>
/// Writes a journal: lines in, durable records out. One caller at a time; <see cref="Progress"/> is for any thread. docs/journal.md has the form of
/// what is written.
/// </summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    private readonly JournalSettings _settings;
    private readonly JournalDirectory _directory;
    private readonly JournalLock _lock;
    private readonly SigningKeys _keys;
    private readonly PendingLines _pending = new();
    private readonly AnchorFeeds _anchors;
    private readonly string _origin;
    private readonly KeyChange _keyChange;
    private readonly RecordTree _tree;
    private OpenSegment _segment;
    private CheckpointNote _note;
    private JournalPlace _checkpoint;
    private JournalPlace _durable;
    private long _checkpointedAt;
    private bool _isEnding;
    private bool _isFinished;
    private bool _isClosed;

    private JournalWriter(JournalSettings settings, JournalLock held, OpenedJournal opened)
    {
        _settings = settings;
        _lock = held;
        _directory = opened.Directory;
        _keys = opened.Keys;
        _origin = opened.Origin;
        _keyChange = opened.KeyChange;
        _tree = opened.Tree;
        _segment = opened.Segment;
        _note = opened.Note;
        _checkpoint = opened.Checkpoint;
        _durable = opened.Tree.Place;
        _checkpointedAt = settings.Time.GetTimestamp();
        Recovery = opened.Recovery;
        Progress = new(_durable.Size);
        _anchors = new(settings);

        // The last one may not have been anchored before the process ended.
        _anchors.Add(_note);
    }

    /// <summary>What was found at opening.</summary>
    public JournalRecovery Recovery { get; }

    /// <summary>For readers.</summary>
    public JournalProgress Progress { get; }

    /// <summary>Which journal: <c>host/filemonitor/id</c>.</summary>
    public string Origin => _origin;

    /// <summary>The index of the next line. A commit, too, may add a record (KeyChanged), so it can grow by more than what is appended.</summary>
    public long NextIndex => _tree.Size;

    /// <summary>How many records are durable, and the root of the tree over them.</summary>
    public JournalMark Mark => new(_durable.Size, _durable.Range.Root());

    /// <summary>How many bytes the appended lines have that are not durable yet.</summary>
    public int PendingBytes => _pending.Bytes.Length;

    /// <summary>How many records the last checkpoint covers.</summary>
    public long Checkpointed => _note.Size;

    /// <summary>The last checkpoint, which is written. Any thread.</summary>
    public CheckpointNote LastCheckpoint => Volatile.Read(ref _note);

    /// <summary>How the anchors do; null without one.</summary>
    public AnchorState? Anchors => _anchors.State;

    /// <summary>Opens the journal of a directory, or begins one, and brings it in order after a crash.</summary>
    /// <exception cref="JournalInUseException">Somebody else writes it.</exception>
    /// <exception cref="JournalDamagedException">It is not what was written; nothing was changed.</exception>
    /// <exception cref="IOException">The disk failed, or is full.</exception>
    public static JournalWriter Open(JournalSettings settings)
    {
        var directory = new JournalDirectory(settings.Directory, settings.Device);
        directory.Create();
        var held = JournalLock.Take(directory, settings.Time.GetUtcNow());
        try
        {
            while (true)
            {
                try
                {
                    return new(settings, held, JournalOpening.Open(directory, settings, held.AbandonedBy));
                }
                catch (IOException failed)
                {
                    if (!MakesRoom(directory, settings, failed))
                    {
                        throw;
                    }
                }
            }
        }
        catch
        {
            // Nothing is known of how it was closed before, until it can be opened: the next attempt finds that somebody was here and did not close it.
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a line, to be durable with the next commit.</summary>
    /// <param name="line">One object of JSON without a line feed, but for one at its end, which is added when missing. At most 1 MiB.</param>
    /// <returns>Its index.</returns>
    /// <exception cref="ArgumentException">It is empty, too long, or more than one line.</exception>
    public long Append(ReadOnlySpan<byte> line)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var text = line is [.. var body, (byte)'\n'] ? body : line;
        if (text.IsEmpty || text.Length >= LineScanner.MostLineBytes || text.Contains((byte)'\n'))
        {
            throw new ArgumentException($"A record is one line of 1 to {LineScanner.MostLineBytes - 1} bytes; this is of {text.Length}, or several lines.", nameof(line));
        }

        var index = _tree.Size;
        _tree.Append(_pending.Add(line));
        return index;
    }

    /// <summary>Makes all appended lines durable, and does what is due: checkpoints, a new segment.</summary>
    /// <exception cref="JournalWriteException">They are not durable, and still held: call again.</exception>
    public JournalCommit Commit()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        MakeDurable();
        return new(Progress.Committed, DoWhatIsDue(endsHere: false));
    }

    /// <summary>Makes a checkpoint when it is time for one, and tries an anchor again that failed. To be called from time to time while no lines come. Appended lines wait for a commit.</summary>
    /// <returns>Why that could not be done; null when nothing is due.</returns>
    public Exception? Tick()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        _anchors.Tick();
        return _pending.IsEmpty ? DoWhatIsDue(endsHere: false) : null;
    }

    /// <summary>
    /// Deletes the oldest segments, as long as one is behind both bounds. The last segment stays, and what a checkpoint does not cover. The rest of the
    /// journal can still be verified.
    /// </summary>
    /// <param name="upToIndex">Records from this index on are still needed.</param>
    /// <param name="olderThan">A segment that was written to since then stays.</param>
    /// <returns>The index of the first record that is left.</returns>
    public long DeleteSegments(long upToIndex, DateTimeOffset olderThan)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var segments = _directory.Segments();
        var kept = 0;

        // The first checkpoint beside a segment covers all segments before it, so only the last one is not covered.
        while (kept < segments.Count - 1 && segments[kept + 1] <= upToIndex && _directory.LastWritten(JournalDirectory.SegmentName(segments[kept])) < olderThan)
        {
            // Readers list the segments anew before one is missed.
            _directory.DeleteSegment(segments[kept]);
            kept++;
        }

        if (kept > 0)
        {
            _directory.Device.FlushDirectory(_directory.Path);
            Progress.SegmentsChanged();
        }

        return segments[kept];
    }

    /// <summary>
    /// Commits, makes a last checkpoint and notes that the journal was closed in order. No line may come after that. The lock is held until
    /// <see cref="CloseAsync"/>, so that the rest can be read and positions can be stored meanwhile.
    /// </summary>
    /// <exception cref="JournalWriteException">Lines are not durable. The journal stays open.</exception>
    /// <exception cref="IOException">The last checkpoint could not be made. The journal stays open.</exception>
    public void Finish()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_isFinished)
        {
            return;
        }

        MakeDurable();
        if (DoWhatIsDue(endsHere: true) is { } postponed)
        {
            throw new IOException($"The journal {_directory.Path} has no last checkpoint: {postponed.Message}", postponed);
        }

        _lock.GiveBack();
        _isFinished = true;
    }

    /// <summary>Finishes the journal if that was not done, waits for the anchor, and gives the lock back.</summary>
    /// <param name="cancellationToken">Ends the wait for the anchor, and nothing else.</param>
    /// <exception cref="JournalWriteException">Lines are not durable. The journal stays open.</exception>
    /// <exception cref="IOException">The last checkpoint could not be made. The journal stays open.</exception>
    public async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        Finish();
        await _anchors.CloseAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Without a close before it this is what a crash is: lines that were not committed are gone, and the next opening says that nobody closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        await _anchors.DisposeAsync().ConfigureAwait(false);
        _segment.Dispose();
        _keys.Dispose();
        _lock.Dispose();
    }

    /// <summary>Deletes the oldest segment of a full disk, whoever still needs it, where the settings say so. The last one stays; the first checkpoint beside the next one covers it.</summary>
    private static bool MakesRoom(JournalDirectory directory, JournalSettings settings, Exception failed)
    {
        if (!settings.DropsOldest || !JournalWriteException.IsFull(failed) || directory.Segments() is not [var oldest, _, ..])
        {
            return false;
        }

        directory.DeleteSegment(oldest);
        directory.Device.FlushDirectory(directory.Path);
        settings.OldestDropped();
        return true;
    }

    private bool MakesRoom(Exception failed)
    {
        var makes = MakesRoom(_directory, _settings, failed);
        if (makes)
        {
            Progress.SegmentsChanged();
        }

        return makes;
    }

    private void MakeDurable()
    {
        if (_pending.IsEmpty)
        {
            return;
        }

        try
        {
            if (_segment.Failure is null)
            {
                _segment.AppendRecords(_pending.Bytes);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // Kept in the segment, which is closed for good by now: another takes the lines.
        }

        while (_segment.Failure is not null)
        {
            try
            {
                BeginSegment();
            }
            catch (Exception failed) when (failed is not JournalDamagedException and (IOException or UnauthorizedAccessException))
            {
                if (!MakesRoom(failed))
                {
                    throw new JournalWriteException(_directory.Path, JournalWriteException.IsFull(failed), failed);
                }
            }
        }

        _durable = _tree.Place;
        _pending.Clear();
        Progress.Committed = _durable.Size;
    }

    /// <summary>What goes wrong here costs no record, so it is told and tried again later.</summary>
    private Exception? DoWhatIsDue(bool endsHere)
    {
        while (true)
        {
            try
            {
                TryWhatIsDue(endsHere);
                return null;
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                if (!MakesRoom(failed))
                {
                    return failed;
                }
            }
        }
    }

    private void TryWhatIsDue(bool endsHere)
    {
        if (_segment.Failure is not null)
        {
            BeginSegment();
        }

        if (endsHere || _settings.Time.GetElapsedTime(_checkpointedAt) >= _settings.CheckpointInterval)
        {
            _tree.MakeDue();
        }

        MakeCheckpoints();
        if (_segment.TotalBytes >= _settings.SegmentBytes && !endsHere)
        {
            EndSegment();
        }
    }

    private void EndSegment()
    {
        // Once for each segment, also when it takes several attempts to end it.
        if (_keys.CanChange && _keyChange.Index is null && !_isEnding)
        {
            _isEnding = true;
            var line = _keyChange.Begin(_tree.Place.Range, _settings.Time.GetUtcNow());
            _tree.Append(_pending.Add(line));
        }

        _tree.MakeDue();
        MakeDurable();
        MakeCheckpoints();
        BeginSegment();
    }

    /// <summary>Each that is due is about records that are durable: none is due while lines are pending.</summary>
    private void MakeCheckpoints()
    {
        _keyChange.GoOn();
        while (_tree.NextDue() is { } due)
        {
            var note = _keys.Sign(_origin, due.Size, due.Range.Root());
            _segment.AppendCheckpoint(note.ToBytes());
            _tree.CheckpointMade();
            Volatile.Write(ref _note, note);
            _checkpoint = due;
            _anchors.Add(note);
            _keyChange.Checkpointed(note);
        }

        if (_checkpoint.Size == _durable.Size)
        {
            _checkpointedAt = _settings.Time.GetTimestamp();
        }
    }

    /// <summary>
    /// A new segment from the last checkpoint on. What the one before has behind that is copied, and the pending lines follow: when the one before could
    /// not be written, nobody knows what of it is on the device.
    /// </summary>
    private void BeginSegment()
    {
        OpenSegment segment;
        try
        {
            segment = JournalOpening.BeginSegment(_directory, _note, _checkpoint, CopyUncovered);
        }
        catch (Exception failed)
        {
            // It may have its name already, and from there on the one before does not count any more: the next attempt takes its place.
            _segment.Abandon(failed);
            throw;
        }

        _segment.Dispose();
        _segment = segment;
        _isEnding = false;
        Progress.SegmentsChanged();
    }

    private void CopyUncovered(NewSegmentFile file)
    {
        var copied = _checkpoint.Range.Copy();
        if (_durable.Size > _checkpoint.Size)
        {
            file.Copy(_segment.ReadFrom(_checkpoint.Position), copied, _durable.Size);
        }

        if (!copied.Root().AsSpan().SequenceEqual(_durable.Range.Root()))
        {
            throw new JournalDamagedException(_directory.Path, $"records {_checkpoint.Size} to {_durable.Size - 1} are not what was written.");
        }

        file.Write(_pending.Bytes);
    }
}
