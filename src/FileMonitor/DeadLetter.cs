namespace FileMonitor;

/// <summary>An event that a handler failed to handle, as often as <see cref="HandlerRetryOptions.Attempts"/> says.</summary>
/// <param name="Event">The event.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">The type and message of the last error. It may contain names of files: neutralise it before a terminal or a page shows it.</param>
/// <param name="At">When it was given up.</param>
public sealed record DeadLetter(AuditEvent Event, int Attempts, string Error, DateTimeOffset At);
