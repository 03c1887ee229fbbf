namespace FileMonitor.Settling;

/// <summary>Blocks the pump until the stream takes events again. Owner: the pump.</summary>
internal sealed class StreamRoom(SettleContext context, HintIntake intake, PumpReadings readings, PumpSignal signal)
{
    /// <summary>Waits until the stream has taken all events of the outbox. Takes in hints and publishes health meanwhile.</summary>
    public void MakeRoom()
    {
        if (context.Outbox.IsHolding)
        {
            intake.Absorb();
        }

        while (!context.Outbox.TryEmpty())
        {
            WaitForRoom();
            intake.Absorb();
            readings.Publish();
        }

        // The signal may have been set for results or losses: set it again for the next turn.
        signal.Set();
    }

    public void WaitForRoom()
    {
        context.GivenUp.ThrowIfCancellationRequested();
        context.EndTurn();
        signal.Wait(Timeout.InfiniteTimeSpan);
    }
}
