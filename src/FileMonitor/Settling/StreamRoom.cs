namespace FileMonitor.Settling;

/// <summary>Waits until the stream takes events again; health stays true and hints are taken meanwhile. Owner: the pump.</summary>
internal sealed class StreamRoom(SettleContext context, HintIntake intake, PumpReadings readings, PumpSignal signal)
{
    /// <summary>Waits until the stream has taken everything that was told. Hints are still taken meanwhile.</summary>
    public void MakeRoom()
    {
        while (!context.Outbox.TryEmpty())
        {
            WaitForRoom();
            intake.Absorb();
            readings.Publish();
        }

        // The signal may also have meant results or losses, which the next turn looks for.
        signal.Set();
    }

    public void WaitForRoom()
    {
        context.GivenUp.ThrowIfCancellationRequested();
        context.EndTurn();
        signal.Wait(Timeout.InfiniteTimeSpan);
    }
}
