using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>
/// How far a verification goes, by whoever writes the journal: up to a checkpoint that it made itself. What follows changes while it is read; what is before is on the disk, and its root is known here
/// without the disk.
/// </summary>
/// <param name="Note">The checkpoint.</param>
/// <param name="Pace">Called after each few thousand records; may wait.</param>
internal sealed record VerificationBound(CheckpointNote Note, Action Pace);
