namespace FileMonitor;

/// <summary>
/// A file has not the content that an event is about: it was written since, or is being written. Nothing of what was read is handed over. Thrown by
/// <see cref="AuditEventFile.CopyFileAsync"/> and <see cref="AuditEventFile.ReadFileAsync"/>. A handler does not catch it: the event is then tried again, which is needed, because who sends the
/// same content twice ends with the content of the event, and no further event comes.
/// </summary>
public sealed class ContentChangedException : IOException
{
    internal ContentChangedException(string message)
        : base(message)
    {
    }
}
