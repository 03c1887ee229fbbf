using FileMonitor.Durable.Journal;

namespace FileMonitor.Durable.Journals;

/// <summary>The records that a verification is about: all of them when nothing is wrong, otherwise those that are authentic.</summary>
internal static class VerifiedRecords
{
    /// <summary>Reads them one after the other. Each item is the same scan, which stands at the next record.</summary>
    /// <exception cref="IOException">The journal cannot be read, or was changed after it was verified; while this is enumerated.</exception>
    public static IEnumerable<RecordScan> Read(string directory, JournalVerification verification)
    {
        // What is not proved is left out, unless nothing is wrong and it is only too new.
        var end = verification.IsAuthentic ? verification.Records : verification.AuthenticUpTo;
        if (end <= verification.FirstRecord)
        {
            yield break;
        }

        using var records = new RecordScan(directory);
        while (records.Index < end - 1 && records.TryRead())
        {
            if (records.Index == verification.Checkpoint?.Size - 1)
            {
                ThrowIfChanged(records, verification);
            }

            yield return records;
        }
    }

    // They have the root of the same checkpoint.
    private static void ThrowIfChanged(RecordScan records, JournalVerification verification)
    {
        if (!records.Tree.Root().AsSpan().SequenceEqual(verification.Checkpoint!.RootHash.Span))
        {
            throw new JournalDamagedException(verification.Origin, "its records were changed after they were verified.");
        }
    }
}
