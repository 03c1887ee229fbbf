namespace FileMonitor.Handling;

/// <summary>What a host does with the dead letters of the handlers.</summary>
internal sealed class HandlerDeadLetters(EventHandlers handlers) : DeadLetters
{
    public override IReadOnlyList<DeadLetter> Read(string handler) => handlers[handler].Letters?.Letters ?? [];

    public override Task<int> RetryAsync(string handler, CancellationToken cancellationToken = default) => handlers[handler].RetryDeadLettersAsync(cancellationToken);

    public override bool Remove(string handler, Guid eventId) => handlers[handler].Letters?.Remove(eventId) ?? false;
}
