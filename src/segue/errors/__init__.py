"""Every error Segue raises on purpose.

    SegueError
    ├── InputError                  what the user gave cannot be used
    │   ├── UnreadableFileError     input.unreadable_file
    │   ├── EmptyInputError         input.empty
    │   ├── TooLargeInputError      input.too_large
    │   ├── UnknownFormatError      input.unknown_format
    │   └── MissingColumnsError     input.missing_columns
    ├── SettingsError               settings.invalid
    │   └── OtherDatabaseError      settings.other_database
    ├── TemporalError               the engine cannot be used
    │   ├── TemporalUnreachableError   temporal.unreachable
    │   ├── TemporalStorageError       temporal.storage
    │   ├── TemporalStartError         temporal.start_failed
    │   └── TemporalVersionError       temporal.version_mismatch
    ├── StorageError                storage.unavailable          waited for
    │   ├── SchemaError             storage.schema
    │   ├── StorageFullError        storage.full                 waited for
    │   ├── StorageReadOnlyError    storage.read_only
    │   ├── StorageDamagedError     storage.damaged
    │   └── StorageLoginError       storage.login                waited for
    ├── CatalogueError              a catalogue (Spotify or local) said no
    │   ├── RateLimitedError        catalogue.rate_limited       retry after a wait
    │   │   └── QuotaExceededError  catalogue.quota_exceeded     retry after a long wait
    │   ├── CatalogueUnavailableError  catalogue.unavailable     retry
    │   ├── OutcomeUnknownError     catalogue.outcome_unknown    read back, then retry
    │   │   └── WriteNotShownError  catalogue.write_not_shown    read back, then retry
    │   ├── LoginRequiredError      catalogue.login_required
    │   ├── ForbiddenError          catalogue.forbidden
    │   ├── NotFoundError           catalogue.not_found
    │   ├── InvalidRequestError     catalogue.invalid_request
    │   └── UnexpectedResponseError catalogue.unexpected_response
    ├── SyncError                   a sync cannot do what was asked
    │   ├── RunNotFoundError        sync.run_not_found
    │   ├── AlreadyRunningError     sync.already_running
    │   ├── ImportInUseError        sync.import_in_use
    │   ├── ReviewDecidedError      sync.review_decided
    │   ├── ConfirmationNeededError sync.confirmation_needed
    │   ├── PlaylistChangedError    sync.playlist_changed
    │   ├── PlanOutdatedError       sync.plan_outdated
    │   └── NoMatchFoundError       sync.no_match_found
    ├── ModelError                  who answers for an agent said no
    │   ├── ModelUnavailableError   model.unavailable            retry
    │   ├── ModelRateLimitedError   model.rate_limited           retry after a wait
    │   ├── ModelQuotaError         model.quota_exceeded
    │   ├── ModelLoginError         model.unauthorized
    │   ├── ModelRequestError       model.invalid_request
    │   ├── ContextTooLongError     model.context_too_long
    │   ├── ContentFilteredError    model.content_filtered
    │   └── UnusableAnswerError     model.unusable_answer        retry
    ├── RunError                    an agent's run ended without an answer
    │   ├── BudgetExceededError     run.budget_exceeded
    │   ├── TooManyTurnsError       run.too_many_turns
    │   ├── InvalidOutputError      run.invalid_output
    │   ├── RunCancelledError       run.cancelled
    │   ├── GuardrailError          run.guardrail_tripped
    │   ├── RefusedError            run.refused
    │   ├── TurnInterruptedError    run.interrupted
    │   ├── EmptyAnswerError        run.empty_answer
    │   ├── ToolFailedError         run.tool_failed
    │   ├── NoSearchError           run.no_search
    │   ├── UnknownTrackError       run.unknown_track
    │   ├── UnsteadyChoiceError     run.unsteady_choice
    │   ├── AgentError              run.agent_failed             retry
    │   ├── MCPServerError          run.mcp_server_failed        retry
    │   ├── EffectUnknownError      run.effect_unknown
    │   ├── ApprovalNotFoundError   run.approval_not_found
    │   ├── NotAskedError           run.asked_of_another
    │   └── ArgumentsChangedError   run.arguments_changed
    ├── ConversationError           a conversation cannot be used
    │   ├── ConversationNotFoundError  conversation.not_found
    │   ├── ConversationUnreadableError  conversation.unreadable
    │   ├── ConversationEndedError  conversation.ended
    │   │   └── ConversationCancelledError  conversation.cancelled
    │   ├── ConversationBusyError   conversation.busy            retry
    │   ├── ConversationMovingError conversation.moving          retry
    │   └── ConversationFullError   conversation.full
    ├── ServiceError                a service of somebody else said no
    │   ├── ServiceUnavailableError    service.unavailable       retry
    │   ├── ServiceRateLimitedError    service.rate_limited      retry after a wait
    │   ├── ServiceRefusedError     service.refused
    │   └── ServiceAnswerError      service.unexpected_answer    retry
    ├── ToolServerError             a tool offered over MCP could not answer
    │   ├── StillWaitingError       tools.still_waiting          retry
    │   ├── KeyTakenError           tools.key_taken
    │   ├── ToolServerAwayError     tools.server_away            retry
    │   ├── ToolServerRefusedError  tools.server_refused
    │   └── ToolFailedError         tools.failed
    ├── FinanceError                finance cannot answer
    │   └── UnknownTickerError      finance.unknown_ticker
    ├── AssistantError              a tool of the assistant cannot do what was asked
    │   ├── CalculationError        assistant.not_calculable
    │   ├── CityNotFoundError       assistant.city_not_found
    │   └── WeatherUnavailableError assistant.weather_unavailable  retry
    ├── GalleryError                a pattern of the gallery cannot be run
    │   ├── UnknownPatternError     gallery.unknown_pattern
    │   ├── CredentialMissingError  gallery.credential_missing
    │   ├── CredentialRefusedError  gallery.credential_refused
    │   ├── ImageRefusedError       gallery.image_refused
    │   ├── FileRefusedError        gallery.file_refused
    │   └── NotebookError           gallery.notebook
    ├── ItError                     IT cannot answer
    │   ├── NoProjectError          it.no_project
    │   ├── UnknownProjectError     it.unknown_project
    │   ├── SessionNotFoundError    it.session_not_found
    │   └── SessionExpiredError     it.session_expired
    ├── WebhookError                a webhook cannot be used
    │   ├── WebhookNotFoundError    webhook.not_found
    │   └── WebhookAddressError     webhook.address_refused
    └── ApiError                    the HTTP API cannot take a request
        ├── UnauthenticatedError    api.unauthenticated
        ├── ScopeMissingError       api.scope_missing
        ├── TooManyRequestsError    api.too_many_requests        retry after a wait
        ├── BodyTooLargeError       api.body_too_large
        ├── StorageQuotaError       api.storage_quota
        ├── MalformedRequestError   api.malformed_request
        ├── RequestTimeoutError     api.request_timeout          retry
        ├── OverloadedError         api.overloaded               retry
        ├── IdempotencyKeyReusedError  api.idempotency_key_reused
        ├── IdempotencyKeyBusyError  api.idempotency_key_busy    retry
        └── KeyNotFoundError        api.key_not_found

A message says what was expected and what came; ``hint`` says what to do next. ``code`` is stable:
the Temporal failure type, the key in ``--json`` output, the anchor in docs/reference/errors.md. A
branch is a module named like the first word of its codes. Errors are translated at the edges only:
``runtime.faults`` (Temporal), ``cli.main`` (exit codes).
"""
