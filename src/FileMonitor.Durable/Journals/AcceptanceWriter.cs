using FileMonitor.Durable.Journal;
using FileMonitor.Durable.State;

namespace FileMonitor.Durable.Journals;

/// <summary>Writes the record of an acceptance. It has the lock of the journal meanwhile, as a monitor has.</summary>
internal static class AcceptanceWriter
{
    public static async ValueTask<long> WriteAsync(string directory, JournalAcceptance acceptance, ICheckpointSigner? signer, TimeProvider time)
    {
        var journal = Open(directory, signer, time);
        await using (journal.ConfigureAwait(false))
        {
            var now = time.GetUtcNow();
            if (journal.Recovery is { WasClosedInOrder: false } recovery)
            {
                // The next start finds a journal in order, and would not say it.
                journal.Append(new StateRecord { Kind = StateRecord.Recovered, At = now, Detail = recovery.Describe() }.Signing(recovery).ToLine());
            }

            var record = new AcceptedRecord { At = now, Who = acceptance.Who, Why = acceptance.Why, Ticket = acceptance.Ticket, Events = acceptance.Events };
            var index = journal.Append(record.ToLine());
            await journal.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            return index;
        }
    }

    private static JournalWriter Open(string directory, ICheckpointSigner? signer, TimeProvider time)
    {
        try
        {
            return JournalWriter.Open(new JournalSettings { Directory = directory, Signer = signer, Time = time });
        }
        catch (JournalInUseException inUse)
        {
            throw new DurableStateException(inUse.Message, inUse);
        }
    }
}
