<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru_RU" sourcelanguage="en">
<context>
    <name>AlarmDialog</name>
    <message>
        <source>Under repair</source>
        <translation>Идёт ремонт</translation>
    </message>
    <message>
        <source>Sensor faulty, called</source>
        <translation>Неисправен датчик, КИПиА вызвана</translation>
    </message>
    <message>
        <source>Washing or set-up</source>
        <translation>Мойка или наладка</translation>
    </message>
    <message>
        <source>Cause known, dealt with</source>
        <translation>Причина известна, меры приняты</translation>
    </message>
    <message>
        <source>Repair of the equipment</source>
        <translation>Ремонт оборудования</translation>
    </message>
    <message>
        <source>Sensor taken off or replaced</source>
        <translation>Датчик снят или меняется</translation>
    </message>
    <message>
        <source>Equipment out of use</source>
        <translation>Оборудование не используется</translation>
    </message>
    <message>
        <source>Checked on site, in order</source>
        <translation>Проверено по месту, в порядке</translation>
    </message>
    <message>
        <source>Cause removed</source>
        <translation>Причина устранена</translation>
    </message>
    <message>
        <source>Setpoint corrected</source>
        <translation>Исправлено задание</translation>
    </message>
    <message>
        <source>Repair called</source>
        <translation>Вызван ремонт</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} мин</translation>
    </message>
    <message>
        <source>{n} h</source>
        <translation>{n} ч</translation>
    </message>
    <message>
        <source>Own words…</source>
        <translation>Своими словами…</translation>
    </message>
    <message>
        <source>Reason in own words</source>
        <translation>Причина своими словами</translation>
    </message>
    <message>
        <source>Shelve an alarm</source>
        <translation>Отложить тревогу</translation>
    </message>
    <message>
        <source>It is not shown or heard until then. Its condition is watched on, and it comes back by itself.</source>
        <translation>До конца срока она не показывается и не звучит. За условием система следит дальше, тревога вернётся сама.</translation>
    </message>
    <message>
        <source>For how long</source>
        <translation>На сколько</translation>
    </message>
    <message>
        <source>Only until it returns to normal</source>
        <translation>Только до возврата в норму</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Почему</translation>
    </message>
    <message>
        <source>choose for how long</source>
        <translation>выберите, на сколько</translation>
    </message>
    <message>
        <source>choose why</source>
        <translation>выберите причину</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Осталось: {what}</translation>
    </message>
    <message>
        <source>Shelve</source>
        <translation>Отложить</translation>
    </message>
    <message>
        <source>Shelve until it returns, at most {time}</source>
        <translation>Отложить до возврата, не дольше {time}</translation>
    </message>
    <message>
        <source>Shelve for {time}</source>
        <translation>Отложить на {time}</translation>
    </message>
    <message>
        <source>Take an alarm out of service</source>
        <translation>Вывести тревогу из работы</translation>
    </message>
    <message>
        <source>It is neither shown nor heard until somebody puts it back in service.</source>
        <translation>Она не показывается и не звучит, пока её не введут в работу.</translation>
    </message>
    <message>
        <source>Work order</source>
        <translation>Наряд</translation>
    </message>
    <message>
        <source>Take out of service</source>
        <translation>Вывести из работы</translation>
    </message>
    <message>
        <source>the number of the work order</source>
        <translation>укажите номер наряда</translation>
    </message>
    <message>
        <source>Action taken</source>
        <translation>Принятые меры</translation>
    </message>
    <message>
        <source>It goes into the journal, and whoever waits for somebody to act sees that it was done.</source>
        <translation>Запись останется в журнале; эскалация «нет действий» на этом заканчивается.</translation>
    </message>
    <message>
        <source>What was done</source>
        <translation>Что сделано</translation>
    </message>
    <message>
        <source>Write into the journal</source>
        <translation>Записать в журнал</translation>
    </message>
</context>
<context>
    <name>Alarms</name>
    <message>
        <source>Unit</source>
        <translation>Узел</translation>
    </message>
    <message>
        <source>Trend</source>
        <translation>Тренд</translation>
    </message>
    <message>
        <source>Cause</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>Consequence</source>
        <translation>Последствие</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Что делать</translation>
    </message>
    <message>
        <source>What to do · respond within {n} min</source>
        <translation>Что делать · ответить за {n} мин</translation>
    </message>
    <message>
        <source>Its journal</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>Shelve…</source>
        <translation>Отложить…</translation>
    </message>
    <message>
        <source>Out of service…</source>
        <translation>Вывести…</translation>
    </message>
    <message>
        <source>Action taken…</source>
        <translation>Меры приняты…</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Запись</translation>
    </message>
    <message>
        <source>Escalation</source>
        <translation>Эскалация</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройка</translation>
    </message>
    <message>
        <source>Nothing is escalated for this alarm.</source>
        <translation>По этой тревоге эскалация не идёт.</translation>
    </message>
    <message>
        <source>limit {value}</source>
        <translation>предел {value}</translation>
    </message>
    <message>
        <source>active, unacknowledged</source>
        <translation>активна, не квит.</translation>
    </message>
    <message>
        <source>active, acknowledged</source>
        <translation>активна, квит.</translation>
    </message>
    <message>
        <source>returned, unacknowledged</source>
        <translation>ушла, не квит.</translation>
    </message>
    <message>
        <source>latched, unacknowledged</source>
        <translation>ушла, ждёт сброса, не квит.</translation>
    </message>
    <message>
        <source>latched, acknowledged</source>
        <translation>ушла, ждёт сброса</translation>
    </message>
    <message>
        <source>normal</source>
        <translation>норма</translation>
    </message>
    <message>
        <source>shelved</source>
        <translation>отложена</translation>
    </message>
    <message>
        <source>suppressed</source>
        <translation>подавлена</translation>
    </message>
    <message>
        <source>out of service</source>
        <translation>выведена</translation>
    </message>
    <message>
        <source>high high limit</source>
        <translation>авария, верх</translation>
    </message>
    <message>
        <source>high limit</source>
        <translation>верхний предел</translation>
    </message>
    <message>
        <source>low limit</source>
        <translation>нижний предел</translation>
    </message>
    <message>
        <source>low low limit</source>
        <translation>авария, низ</translation>
    </message>
    <message>
        <source>off the setpoint</source>
        <translation>отклонение от задания</translation>
    </message>
    <message>
        <source>above the setpoint</source>
        <translation>выше задания</translation>
    </message>
    <message>
        <source>below the setpoint</source>
        <translation>ниже задания</translation>
    </message>
    <message>
        <source>changes too fast</source>
        <translation>быстрое изменение</translation>
    </message>
    <message>
        <source>rises too fast</source>
        <translation>быстрый рост</translation>
    </message>
    <message>
        <source>falls too fast</source>
        <translation>быстрое падение</translation>
    </message>
    <message>
        <source>state</source>
        <translation>состояние</translation>
    </message>
    <message>
        <source>change of state</source>
        <translation>смена состояния</translation>
    </message>
    <message>
        <source>command not carried out</source>
        <translation>команда не выполнена</translation>
    </message>
    <message>
        <source>condition</source>
        <translation>условие</translation>
    </message>
    <message>
        <source>bad value</source>
        <translation>недостоверное значение</translation>
    </message>
    <message>
        <source>value is old</source>
        <translation>значение устарело</translation>
    </message>
    <message>
        <source>link</source>
        <translation>связь</translation>
    </message>
    <message>
        <source>nobody has acknowledged it</source>
        <translation>Пока не квитирована</translation>
    </message>
    <message>
        <source>nobody has acted</source>
        <translation>Пока не приняты меры</translation>
    </message>
    <message>
        <source>nobody has accepted the call</source>
        <translation>Пока вызов не принят</translation>
    </message>
    <message>
        <source>nobody is on site</source>
        <translation>Пока никто не пришёл</translation>
    </message>
    <message>
        <source>shown on panels</source>
        <translation>показано на панелях</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>отправляется</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>доставлено</translation>
    </message>
    <message>
        <source>not delivered</source>
        <translation>не доставлено</translation>
    </message>
    <message>
        <source>Shelving: no alarm of a CCP is shelved</source>
        <translation>Отложить нельзя: тревога ККТ</translation>
    </message>
    <message>
        <source>Shelving: no alarm of priority {n} is shelved</source>
        <translation>Отложить нельзя: приоритет {n}</translation>
    </message>
    <message>
        <source>Shelving needs: {role}</source>
        <translation>Отложить может: {role}</translation>
    </message>
    <message>
        <source>Out of service needs: {role}</source>
        <translation>Вывести может: {role}</translation>
    </message>
    <message>
        <source>Back in service needs: {role}</source>
        <translation>Ввести в работу может: {role}</translation>
    </message>
    <message>
        <source>Only looking: this needs the role {role}</source>
        <translation>Только просмотр, нужна роль: {role}</translation>
    </message>
    <message>
        <source>{limit} a minute, over {time}</source>
        <translation>{limit} в минуту за {time}</translation>
    </message>
    <message>
        <source>{limit} from “{setpoint}”</source>
        <translation>{limit} от «{setpoint}»</translation>
    </message>
    <message>
        <source>CCP</source>
        <translation>ККТ</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>да</translation>
    </message>
    <message>
        <source>Priority</source>
        <translation>Приоритет</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Вид</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>Предел</translation>
    </message>
    <message>
        <source>Deadband</source>
        <translation>Зона нечувствительности</translation>
    </message>
    <message>
        <source>Delay on / off</source>
        <translation>Задержка прихода / ухода</translation>
    </message>
    <message>
        <source>Latches until reset</source>
        <translation>С защёлкой, до сброса</translation>
    </message>
    <message>
        <source>Told again after</source>
        <translation>Напоминает через</translation>
    </message>
    <message>
        <source>Acknowledges itself</source>
        <translation>Квитируется сама</translation>
    </message>
    <message>
        <source>First-out group</source>
        <translation>Группа первопричин</translation>
    </message>
    <message>
        <source>Area</source>
        <translation>Участок</translation>
    </message>
    <message>
        <source>Judged while</source>
        <translation>Действует, когда</translation>
    </message>
    <message>
        <source>Suppressed while</source>
        <translation>Подавлена, когда</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Тег</translation>
    </message>
    <message>
        <source>Alarm id</source>
        <translation>Обозначение</translation>
    </message>
    <message>
        <source>Journal</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>Acknowledge selected</source>
        <translation>Квитировать выбранную</translation>
    </message>
    <message>
        <source>Figures ▸</source>
        <translation>Показатели ▸</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Сбросить</translation>
    </message>
    <message>
        <source>All units</source>
        <translation>Все узлы</translation>
    </message>
    <message>
        <source>Priority {n}</source>
        <translation>Приоритет {n}</translation>
    </message>
    <message>
        <source>All priorities</source>
        <translation>Все приоритеты</translation>
    </message>
    <message>
        <source>All areas</source>
        <translation>Все участки</translation>
    </message>
    <message>
        <source>Now {n}</source>
        <translation>Сейчас {n}</translation>
    </message>
    <message>
        <source>Shelved {n}</source>
        <translation>Отложены {n}</translation>
    </message>
    <message>
        <source>Suppressed, out {n}</source>
        <translation>Подавлены, выведены {n}</translation>
    </message>
    <message>
        <source>Flood of alarms since {time}: {n} in 10 min.</source>
        <translation>Лавина тревог с {time}: {n} за 10 мин.</translation>
    </message>
    <message>
        <source>First-outs first</source>
        <translation>Сначала главное</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Показать все</translation>
    </message>
    <message>
        <source>First-outs and priority 1 come first.</source>
        <translation>Сверху первопричины и приоритет 1.</translation>
    </message>
    <message>
        <source>First-outs and priority 1 come first, {n} consequences are folded.</source>
        <translation>Сверху первопричины и приоритет 1, следствий свёрнуто: {n}.</translation>
    </message>
    <message>
        <source>in 10 min: {n} (norm ≤ {norm}, limit {limit})</source>
        <translation>за 10 мин: {n} (норма ≤ {norm}, предел {limit})</translation>
    </message>
    <message>
        <source>Put back in service</source>
        <translation>Ввести в работу</translation>
    </message>
    <message>
        <source>Show again now</source>
        <translation>Вернуть сейчас</translation>
    </message>
    <message>
        <source>It comes back by itself when the logic lets it.</source>
        <translation>Вернётся сама, когда снимется условие подавления.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Alarm</source>
        <translation>Тревога</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Значение</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>active, ack. {user}</source>
        <translation>активна, квит. {user}</translation>
    </message>
    <message>
        <source>Lasts</source>
        <translation>Длит.</translation>
    </message>
    <message>
        <source>first-out</source>
        <translation>первопричина</translation>
    </message>
    <message>
        <source>consequence</source>
        <translation>следствие</translation>
    </message>
    <message>
        <source>latched, ack. {user}</source>
        <translation>ждёт сброса, квит. {user}</translation>
    </message>
    <message>
        <source>No alarms</source>
        <translation>Тревог нет</translation>
    </message>
    <message>
        <source>No alarms pass the filter</source>
        <translation>По этому фильтру тревог нет</translation>
    </message>
    <message>
        <source>acknowledged by {user} {time}</source>
        <translation>квитировал(а) {user} {time}</translation>
    </message>
    <message>
        <source>first-out: it came first in its group</source>
        <translation>первопричина: сработала первой в своей группе</translation>
    </message>
    <message>
        <source>consequence of: {alarm}</source>
        <translation>следствие: {alarm}</translation>
    </message>
    <message>
        <source>Condition</source>
        <translation>Условие</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>Осталось</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>С</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Почему</translation>
    </message>
    <message>
        <source>present</source>
        <translation>есть</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>нет</translation>
    </message>
    <message>
        <source>until it returns</source>
        <translation>до возврата</translation>
    </message>
    <message>
        <source>ends soon</source>
        <translation>скоро вернётся</translation>
    </message>
    <message>
        <source>suppressed by logic</source>
        <translation>подавлена логикой</translation>
    </message>
    <message>
        <source>out of service · {order}</source>
        <translation>выведена · {order}</translation>
    </message>
    <message>
        <source>Nothing is shelved</source>
        <translation>Отложенных тревог нет</translation>
    </message>
    <message>
        <source>Nothing is suppressed or out of service</source>
        <translation>Подавленных и выведенных тревог нет</translation>
    </message>
    <message>
        <source>the condition is present</source>
        <translation>условие тревоги есть</translation>
    </message>
    <message>
        <source>the condition is gone</source>
        <translation>условия тревоги нет</translation>
    </message>
    <message>
        <source>since {since} until {until}, {user}: {reason}</source>
        <translation>с {since} до {until}, {user}: {reason}</translation>
    </message>
    <message>
        <source>since {since}, {user}, work order {order}: {reason}</source>
        <translation>с {since}, {user}, наряд {order}: {reason}</translation>
    </message>
    <message>
        <source>since {since}, ends by itself with its condition</source>
        <translation>с {since}, снимется сама вместе с условием подавления</translation>
    </message>
    <message>
        <source>Pr.</source>
        <translation>Пр.</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Кто</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю журнал…</translation>
    </message>
    <message>
        <source>Acknowledge visible ({n})</source>
        <translation>Квитировать видимые ({n})</translation>
    </message>
    <message>
        <source>Escalation waits</source>
        <translation>Эскалация приостановлена</translation>
    </message>
    <message>
        <source>Escalation: all {n} steps taken</source>
        <translation>Эскалация: сделаны все шаги, {n}</translation>
    </message>
    <message>
        <source>Escalation: {n} of {all} steps taken, next in {time}</source>
        <translation>Эскалация: шаг {n} из {all}, следующий через {time}</translation>
    </message>
    <message>
        <source>Escalation: first step in {time}</source>
        <translation>Эскалация: первый шаг через {time}</translation>
    </message>
    <message>
        <source>Who was told</source>
        <translation>Кому сообщено</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>пауза</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>через {time}</translation>
    </message>
    <message>
        <source>attempt {n}</source>
        <translation>попытка {n}</translation>
    </message>
</context>
<context>
    <name>BatchDialog</name>
    <message>
        <source>The product is good all the same. The batch may be restarted and goes on.</source>
        <translation>Продукт годен, несмотря на отклонение. Партию можно продолжить, она пойдёт дальше.</translation>
    </message>
    <message>
        <source>The step is repeated after the restart. The product stays marked as reworked.</source>
        <translation>После продолжения шаг повторится. За продуктом останется отметка о переработке.</translation>
    </message>
    <message>
        <source>The product goes to waste. The batch can only be stopped or aborted.</source>
        <translation>Продукт уходит в отходы. Партию можно только остановить или прервать.</translation>
    </message>
    <message>
        <source>Release the product</source>
        <translation>Выпустить продукт</translation>
    </message>
    <message>
        <source>Rework: repeat the step</source>
        <translation>Переработать: повторить шаг</translation>
    </message>
    <message>
        <source>Destroy the product</source>
        <translation>Утилизировать продукт</translation>
    </message>
    <message>
        <source>Measured by hand, limit is met</source>
        <translation>Замер вручную: предел выдержан</translation>
    </message>
    <message>
        <source>Sensor faulty, replaced and checked</source>
        <translation>Датчик был неисправен, заменён и проверен</translation>
    </message>
    <message>
        <source>Limit is not met</source>
        <translation>Предел не выдержан</translation>
    </message>
    <message>
        <source>Raw material differs</source>
        <translation>Сырьё отличается</translation>
    </message>
    <message>
        <source>Product outside of its limits</source>
        <translation>Продукт выходит за норму</translation>
    </message>
    <message>
        <source>Told by the technologist</source>
        <translation>Указание технолога</translation>
    </message>
    <message>
        <source>Equipment out of order</source>
        <translation>Неисправно оборудование</translation>
    </message>
    <message>
        <source>Step done by hand</source>
        <translation>Шаг выполнен вручную</translation>
    </message>
    <message>
        <source>Trial of a recipe</source>
        <translation>Опытная выработка</translation>
    </message>
    <message>
        <source>Rest of the lot</source>
        <translation>Остаток партии сырья</translation>
    </message>
    <message>
        <source>Material ran out</source>
        <translation>Сырьё закончилось</translation>
    </message>
    <message>
        <source>Agreed with the technologist</source>
        <translation>Согласовано с технологом</translation>
    </message>
    <message>
        <source>Answer: {answer}</source>
        <translation>Ответить: {answer}</translation>
    </message>
    <message>
        <source>Choose an answer</source>
        <translation>Выберите ответ</translation>
    </message>
    <message>
        <source>What becomes of the product</source>
        <translation>Что делать с продуктом</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Почему</translation>
    </message>
    <message>
        <source>choose what becomes of the product</source>
        <translation>что делать с продуктом</translation>
    </message>
    <message>
        <source>choose why</source>
        <translation>причина</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Осталось указать: {what}</translation>
    </message>
    <message>
        <source>Sign…</source>
        <translation>Подписать…</translation>
    </message>
    <message>
        <source>A change of mode moves nothing. Limits and interlocks hold in every mode.</source>
        <translation>Смена режима ничего не двигает. Пределы и блокировки действуют в любом режиме.</translation>
    </message>
</context>
<context>
    <name>Batches</name>
    <message>
        <source>Parameters</source>
        <translation>Параметры</translation>
    </message>
    <message>
        <source>Procedure</source>
        <translation>Процедура</translation>
    </message>
    <message>
        <source>Note…</source>
        <translation>Заметка…</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Протокол</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Сейчас</translation>
    </message>
    <message>
        <source>Materials</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Course</source>
        <translation>Ход</translation>
    </message>
    <message>
        <source>This batch is not of this shift: look into its record.</source>
        <translation>Этой партии нет в смене: смотрите её протокол.</translation>
    </message>
    <message>
        <source>No batch is chosen</source>
        <translation>Партия не выбрана</translation>
    </message>
    <message>
        <source>Held: {why}</source>
        <translation>Задержана: {why}</translation>
    </message>
    <message>
        <source>Waits: {why}</source>
        <translation>Ждёт: {why}</translation>
    </message>
    <message>
        <source>Order {number}</source>
        <translation>Заказ {number}</translation>
    </message>
    <message>
        <source>Refused: {why}</source>
        <translation>Отказ: {why}</translation>
    </message>
    <message>
        <source>The engine tells no procedure of this batch.</source>
        <translation>Процедура этой партии не передана.</translation>
    </message>
    <message>
        <source>The batch has ended.</source>
        <translation>Партия закончена.</translation>
    </message>
    <message>
        <source>Nothing is at work. “Start” begins the batch.</source>
        <translation>Ничего не выполняется. Партию начинает «Пуск».</translation>
    </message>
    <message>
        <source>version {version}</source>
        <translation>версия {version}</translation>
    </message>
    <message>
        <source>step {step} of {steps}</source>
        <translation>шаг {step} из {steps}</translation>
    </message>
    <message>
        <source>start {time}</source>
        <translation>пуск {time}</translation>
    </message>
    <message>
        <source>took {time}</source>
        <translation>заняла {time}</translation>
    </message>
    <message>
        <source>runs {time}</source>
        <translation>идёт {time}</translation>
    </message>
    <message>
        <source>Phase</source>
        <translation>Фаза</translation>
    </message>
    <message>
        <source>answered by: {role} or above</source>
        <translation>отвечает: {role} или выше</translation>
    </message>
    <message>
        <source>Sign…</source>
        <translation>Подписать…</translation>
    </message>
    <message>
        <source>Answer…</source>
        <translation>Ответить…</translation>
    </message>
    <message>
        <source>lot and mass: {mass} ± {tolerance} %</source>
        <translation>партия сырья и масса: {mass} ± {tolerance} %</translation>
    </message>
    <message>
        <source>Product on hold: {what}</source>
        <translation>Продукт на удержании: {what}</translation>
    </message>
    <message>
        <source>A technologist decides what becomes of it, and signs.</source>
        <translation>Решает и подписывает технолог.</translation>
    </message>
    <message>
        <source>Decide…</source>
        <translation>Решение…</translation>
    </message>
    <message>
        <source>Not yet: {reasons}</source>
        <translation>Пока нельзя: {reasons}</translation>
    </message>
    <message>
        <source>Waits for a technologist who starts or skips it</source>
        <translation>Ждёт технолога: пустить или пропустить</translation>
    </message>
    <message>
        <source>Waits for a confirmation</source>
        <translation>Ждёт подтверждения</translation>
    </message>
    <message>
        <source>held {counted} of {whole}</source>
        <translation>выдержано {counted} из {whole}</translation>
    </message>
    <message>
        <source>left {time}</source>
        <translation>осталось {time}</translation>
    </message>
    <message>
        <source>stands {time}</source>
        <translation>стоит {time}</translation>
    </message>
    <message>
        <source>Step…</source>
        <translation>Шаг…</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Пуск</translation>
    </message>
    <message>
        <source>The next step waits for a confirmation</source>
        <translation>Следующий шаг ждёт подтверждения</translation>
    </message>
    <message>
        <source>Material</source>
        <translation>Материал</translation>
    </message>
    <message>
        <source>Wanted, kg</source>
        <translation>Нужно, кг</translation>
    </message>
    <message>
        <source>Weighed, kg</source>
        <translation>Взвешено, кг</translation>
    </message>
    <message>
        <source>less than wanted</source>
        <translation>меньше нужного</translation>
    </message>
    <message>
        <source>too much</source>
        <translation>больше допуска</translation>
    </message>
    <message>
        <source>in tolerance</source>
        <translation>в допуске</translation>
    </message>
    <message>
        <source>+ lot…</source>
        <translation>+ сырьё…</translation>
    </message>
    <message>
        <source>The recipe names no materials.</source>
        <translation>В рецепте нет материалов.</translation>
    </message>
    <message>
        <source>Parameters of this step</source>
        <translation>Параметры этого шага</translation>
    </message>
    <message>
        <source>Lasted</source>
        <translation>Длилась</translation>
    </message>
    <message>
        <source>Not started yet</source>
        <translation>Ещё не пущена</translation>
    </message>
    <message>
        <source>Skip a step</source>
        <translation>Пропуск шага</translation>
    </message>
    <message>
        <source>{batch}: the step “{step}” is left out.</source>
        <translation>{batch}: шаг «{step}» не выполняется.</translation>
    </message>
    <message>
        <source>Skip “{step}”</source>
        <translation>Пропустить «{step}»</translation>
    </message>
    <message>
        <source>from {role} on</source>
        <translation>может {role} или выше</translation>
    </message>
    <message>
        <source>The version was never approved: a trial stays out of automatic mode.</source>
        <translation>Версию не утверждали: пробная партия в автомате не идёт.</translation>
    </message>
    <message>
        <source>Mode of batch {batch}</source>
        <translation>Режим партии {batch}</translation>
    </message>
    <message>
        <source>Manual mode</source>
        <translation>Ручной режим</translation>
    </message>
    <message>
        <source>Take over by hand</source>
        <translation>Перейти на ручной</translation>
    </message>
    <message>
        <source>Batch {batch} asks</source>
        <translation>Запрос партии {batch}</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Подтвердить</translation>
    </message>
    <message>
        <source>Signature</source>
        <translation>Подпись</translation>
    </message>
    <message>
        <source>Sign the answer</source>
        <translation>Подписать ответ</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>подтверждено</translation>
    </message>
    <message>
        <source>{batch}: deviation {number}</source>
        <translation>{batch}: отклонение {number}</translation>
    </message>
    <message>
        <source>Sign: {what}</source>
        <translation>Подписать: {what}</translation>
    </message>
    <message>
        <source>{batch}, {name}: {old} → {new}</source>
        <translation>{batch}, {name}: {old} → {new}.</translation>
    </message>
    <message>
        <source>Set {value}</source>
        <translation>Задать {value}</translation>
    </message>
    <message>
        <source>Change parameter</source>
        <translation>Изменить параметр</translation>
    </message>
    <message>
        <source>{batch}: lot of a material</source>
        <translation>{batch}: партия сырья</translation>
    </message>
    <message>
        <source>{batch}, {name}: with {mass} the tolerance is not met.</source>
        <translation>{batch}, {name}: с массой {mass} допуск не выдержан.</translation>
    </message>
    <message>
        <source>Outside the tolerance</source>
        <translation>Вне допуска</translation>
    </message>
    <message>
        <source>Write down all the same</source>
        <translation>Всё равно записать</translation>
    </message>
    <message>
        <source>Note in the record of {batch}</source>
        <translation>Заметка в протокол {batch}</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Изменить…</translation>
    </message>
    <message>
        <source>CCP</source>
        <translation>ККТ</translation>
    </message>
    <message>
        <source>done</source>
        <translation>пройден</translation>
    </message>
    <message>
        <source>by: {role}</source>
        <translation>меняет {role}</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Создана</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Идёт</translation>
    </message>
    <message>
        <source>Pausing</source>
        <translation>Приостановка</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>На паузе</translation>
    </message>
    <message>
        <source>Holding</source>
        <translation>Удержание</translation>
    </message>
    <message>
        <source>Held</source>
        <translation>Задержана</translation>
    </message>
    <message>
        <source>Restarting</source>
        <translation>Продолжение</translation>
    </message>
    <message>
        <source>Complete</source>
        <translation>Завершена</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Останов</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Остановлена</translation>
    </message>
    <message>
        <source>Aborting</source>
        <translation>Прерывание</translation>
    </message>
    <message>
        <source>Aborted</source>
        <translation>Прервана</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Снять с паузы</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>Удержать</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Автомат</translation>
    </message>
    <message>
        <source>Semi-automatic</source>
        <translation>Полуавтомат</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>Ручной</translation>
    </message>
    <message>
        <source>The batch goes on by itself, step after step.</source>
        <translation>Партия идёт сама, шаг за шагом.</translation>
    </message>
    <message>
        <source>Each step waits until an operator confirms it. The order stays that of the recipe.</source>
        <translation>Каждый шаг ждёт подтверждения оператора. Порядок шагов — по рецепту.</translation>
    </message>
    <message>
        <source>Nothing starts by itself: a technologist starts or skips each step.</source>
        <translation>Само ничего не пускается: каждый шаг пускает или пропускает технолог.</translation>
    </message>
    <message>
        <source>Product in order</source>
        <translation>Продукт в норме</translation>
    </message>
    <message>
        <source>Product on hold</source>
        <translation>Продукт удержан</translation>
    </message>
    <message>
        <source>Product released</source>
        <translation>Продукт выпущен</translation>
    </message>
    <message>
        <source>Product reworked</source>
        <translation>Переработка</translation>
    </message>
    <message>
        <source>Product to be destroyed</source>
        <translation>На утилизацию</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>Выпустить</translation>
    </message>
    <message>
        <source>Rework</source>
        <translation>Переработать</translation>
    </message>
    <message>
        <source>Destroy</source>
        <translation>Утилизировать</translation>
    </message>
    <message>
        <source>bad</source>
        <translation>плохое</translation>
    </message>
    <message>
        <source>no communication</source>
        <translation>нет связи</translation>
    </message>
    <message>
        <source>sensor failure</source>
        <translation>отказ датчика</translation>
    </message>
    <message>
        <source>out of the sensor&apos;s range</source>
        <translation>за диапазоном датчика</translation>
    </message>
    <message>
        <source>no value yet</source>
        <translation>значения ещё нет</translation>
    </message>
    <message>
        <source>out of service</source>
        <translation>выведено из работы</translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>не читается</translation>
    </message>
    <message>
        <source>uncertain</source>
        <translation>сомнительное</translation>
    </message>
    <message>
        <source>last usable value</source>
        <translation>последнее годное значение</translation>
    </message>
    <message>
        <source>sensor not accurate</source>
        <translation>датчик неточен</translation>
    </message>
    <message>
        <source>value not to be trusted: {status}</source>
        <translation>значение недостоверно: {status}</translation>
    </message>
    <message>
        <source>limits {limits}</source>
        <translation>пределы {limits}</translation>
    </message>
    <message>
        <source>New batch…</source>
        <translation>Новая партия…</translation>
    </message>
    <message>
        <source>Stop (hold 2 s)</source>
        <translation>Стоп (2 с)</translation>
    </message>
    <message>
        <source>Abort (hold 2 s)</source>
        <translation>Прервать (2 с)</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Где</translation>
    </message>
    <message>
        <source>Product</source>
        <translation>Продукт</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Шаг</translation>
    </message>
    <message>
        <source>Why it cannot go on yet</source>
        <translation>Почему пока нельзя продолжить</translation>
    </message>
    <message>
        <source>Start this step</source>
        <translation>Пустить этот шаг</translation>
    </message>
    <message>
        <source>Skip…</source>
        <translation>Пропустить…</translation>
    </message>
    <message>
        <source>ended {time}</source>
        <translation>закончена в {time}</translation>
    </message>
    <message>
        <source>round {n} of at most {most}</source>
        <translation>цикл {n} из {most}</translation>
    </message>
    <message>
        <source>Deviation {n}: {what}</source>
        <translation>Отклонение {n}: {what}</translation>
    </message>
    <message>
        <source>No batches in this shift. “New batch…” creates one.</source>
        <translation>В этой смене партий нет. Создать — «Новая партия…».</translation>
    </message>
    <message>
        <source>No batch is on the line.</source>
        <translation>На линии нет партий.</translation>
    </message>
    <message>
        <source>No batch is held.</source>
        <translation>Задержанных партий нет.</translation>
    </message>
    <message>
        <source>No batch has ended in this shift.</source>
        <translation>В этой смене партии не заканчивались.</translation>
    </message>
    <message>
        <source>All of the shift</source>
        <translation>Вся смена</translation>
    </message>
    <message>
        <source>On the line</source>
        <translation>На линии</translation>
    </message>
    <message>
        <source>Held, on hold</source>
        <translation>Задержаны</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Закончены</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Раньше</translation>
    </message>
    <message>
        <source>on the line {running} · complete {done}</source>
        <translation>на линии {running} · завершено {done}</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>Заказ</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Режим</translation>
    </message>
    <message>
        <source>waits for an answer: {n}</source>
        <translation>ждёт ответа: {n}</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Масса</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю…</translation>
    </message>
    <message>
        <source>No earlier batches.</source>
        <translation>Более ранних партий нет.</translation>
    </message>
</context>
<context>
    <name>Calls</name>
    <message>
        <source>waiting</source>
        <translation>ждёт</translation>
    </message>
    <message>
        <source>accepted, coming</source>
        <translation>принят, идут</translation>
    </message>
    <message>
        <source>on site</source>
        <translation>на месте</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>закрыт</translation>
    </message>
    <message>
        <source>Calls of this and the last shift</source>
        <translation>Вызовы этой и прошлой смены</translation>
    </message>
    <message>
        <source>Call for help…</source>
        <translation>Вызвать помощь…</translation>
    </message>
    <message>
        <source>Close…</source>
        <translation>Закрыть…</translation>
    </message>
    <message>
        <source>Who was told</source>
        <translation>Кому сообщено</translation>
    </message>
    <message>
        <source>What was done</source>
        <translation>Что сделано</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>№</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Who and where</source>
        <translation>Кого и куда</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Waits</source>
        <translation>Ждут</translation>
    </message>
    <message>
        <source>Nobody has called</source>
        <translation>Вызовов не было</translation>
    </message>
    <message>
        <source>open: {n} · came on average within {time}</source>
        <translation>открыто: {n} · приходят в среднем за {time}</translation>
    </message>
    <message>
        <source>the whole line</source>
        <translation>вся линия</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Вызовы</translation>
    </message>
    <message>
        <source>Call {n}</source>
        <translation>Вызов {n}</translation>
    </message>
    <message>
        <source>Done: {note}</source>
        <translation>Сделано: {note}</translation>
    </message>
    <message>
        <source>Accept: I am coming</source>
        <translation>Принять: иду</translation>
    </message>
    <message>
        <source>I am on site</source>
        <translation>Я на месте</translation>
    </message>
    <message>
        <source>Called</source>
        <translation>Вызван</translation>
    </message>
    <message>
        <source>Accepted</source>
        <translation>Принят</translation>
    </message>
    <message>
        <source>On site</source>
        <translation>На месте</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>Закрыт</translation>
    </message>
    <message>
        <source>on the panel</source>
        <translation>на панели</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>доставлено</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>отправляется</translation>
    </message>
    <message>
        <source>not delivered</source>
        <translation>не доставлено</translation>
    </message>
    <message>
        <source>goes on in {time} unless somebody comes</source>
        <translation>через {time} – дальше, если никто не придёт</translation>
    </message>
    <message>
        <source>nobody beyond the panels yet</source>
        <translation>пока никому, кроме панелей</translation>
    </message>
    <message>
        <source>Call for help</source>
        <translation>Вызов помощи</translation>
    </message>
    <message>
        <source>Who is needed</source>
        <translation>Кто нужен</translation>
    </message>
    <message>
        <source>This line has nobody to call: escalation.yaml names no services.</source>
        <translation>На этой линии некого вызывать: в escalation.yaml не названы службы.</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Куда</translation>
    </message>
    <message>
        <source>What is the matter</source>
        <translation>Что случилось</translation>
    </message>
    <message>
        <source>In own words…</source>
        <translation>Своими словами…</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Вызвать</translation>
    </message>
    <message>
        <source>Call: {service} → {where}</source>
        <translation>Вызвать: {service} → {where}</translation>
    </message>
</context>
<context>
    <name>Chart</name>
    <message>
        <source>pausing</source>
        <translation>останавливается на паузу</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>на паузе</translation>
    </message>
    <message>
        <source>holding</source>
        <translation>удерживается</translation>
    </message>
    <message>
        <source>held</source>
        <translation>задержана</translation>
    </message>
    <message>
        <source>restarting</source>
        <translation>возобновляется</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>останавливается</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>остановлена</translation>
    </message>
    <message>
        <source>aborting</source>
        <translation>прерывается</translation>
    </message>
    <message>
        <source>aborted</source>
        <translation>прервана</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>пропущена</translation>
    </message>
    <message>
        <source>To the active one</source>
        <translation>К текущему шагу</translation>
    </message>
    <message>
        <source>Smaller</source>
        <translation>Мельче</translation>
    </message>
    <message>
        <source>Larger</source>
        <translation>Крупнее</translation>
    </message>
</context>
<context>
    <name>ClockPad</name>
    <message>
        <source>Set to: {time}</source>
        <translation>Указано: {time}</translation>
    </message>
    <message>
        <source>Hours and minutes, e.g. 1630</source>
        <translation>Часы и минуты, например 1630</translation>
    </message>
    <message>
        <source>This is not a time of day</source>
        <translation>Такого времени нет</translation>
    </message>
</context>
<context>
    <name>Dialog</name>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>No connection. What was entered stays here: touch again when it is back.</source>
        <translation>Нет связи. Введённое останется здесь: нажмите ещё раз, когда связь вернётся.</translation>
    </message>
    <message>
        <source>Not sent: log in first. What was entered stays here.</source>
        <translation>Не отправлено: сначала войдите. Введённое останется здесь.</translation>
    </message>
    <message>
        <source>Not sent: no connection. What was entered stays here: touch again when it is back.</source>
        <translation>Не отправлено: нет связи. Введённое останется здесь: нажмите ещё раз, когда связь вернётся.</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>Отправляется…</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>Готово</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
</context>
<context>
    <name>Dispatch</name>
    <message>
        <source>Dispatch lot {lot}</source>
        <translation>Отгрузка партии {lot}</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>Кому (покупатель)</translation>
    </message>
    <message>
        <source>Delivery note</source>
        <translation>Номер накладной</translation>
    </message>
    <message>
        <source>Scan or type SSCC, Enter</source>
        <translation>Сканируйте или наберите SSCC, Enter</translation>
    </message>
    <message>
        <source>No SSCC: it has 18 digits. Scan the label of the case.</source>
        <translation>Это не SSCC: в нём 18 цифр. Сканируйте этикетку короба.</translation>
    </message>
    <message>
        <source>This case is in the list already.</source>
        <translation>Этот короб уже в списке.</translation>
    </message>
    <message>
        <source>At most {n} cases at once.</source>
        <translation>За один раз не больше {n} коробов.</translation>
    </message>
    <message>
        <source>Mass to dispatch</source>
        <translation>Масса к отгрузке</translation>
    </message>
    <message>
        <source>{n} cases</source>
        <translation>коробов: {n}</translation>
    </message>
    <message>
        <source>all that is left, {mass}</source>
        <translation>весь остаток, {mass}</translation>
    </message>
    <message>
        <source>to whom</source>
        <translation>кому</translation>
    </message>
    <message>
        <source>delivery note</source>
        <translation>номер накладной</translation>
    </message>
    <message>
        <source>Goes: {what}</source>
        <translation>Отгружается: {what}</translation>
    </message>
    <message>
        <source>All that is left</source>
        <translation>Весь остаток</translation>
    </message>
    <message>
        <source>Mass…</source>
        <translation>Масса…</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Не хватает: {what}</translation>
    </message>
    <message>
        <source>Dispatch: {what}</source>
        <translation>Отгрузить: {what}</translation>
    </message>
</context>
<context>
    <name>Export</name>
    <message>
        <source>log in first</source>
        <translation>сначала войдите</translation>
    </message>
    <message>
        <source>too many rows: take a longer step or a shorter time</source>
        <translation>слишком много строк: увеличьте шаг или сократите время</translation>
    </message>
    <message>
        <source>the server is busy with other exports: try again in a minute</source>
        <translation>сервер занят другими выгрузками: повторите через минуту</translation>
    </message>
    <message>
        <source>Save as a file</source>
        <translation>Сохранить в файл</translation>
    </message>
    <message>
        <source>as stored</source>
        <translation>как записано</translation>
    </message>
    <message>
        <source>every second</source>
        <translation>каждую секунду</translation>
    </message>
    <message>
        <source>every minute</source>
        <translation>каждую минуту</translation>
    </message>
    <message>
        <source>every hour</source>
        <translation>каждый час</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Сохранить</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>Сохранение…</translation>
    </message>
    <message>
        <source>Saved, {n} KB: {file}</source>
        <translation>Сохранено, {n} КБ: {file}</translation>
    </message>
    <message>
        <source>Not saved: {why}</source>
        <translation>Не сохранено: {why}</translation>
    </message>
</context>
<context>
    <name>Faceplate</name>
    <message>
        <source>No connection: last value</source>
        <translation>Нет связи: последнее значение</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Достоверно</translation>
    </message>
    <message>
        <source>Bad</source>
        <translation>Недостоверно</translation>
    </message>
    <message>
        <source>Uncertain</source>
        <translation>Под сомнением</translation>
    </message>
    <message>
        <source>Change setpoint…</source>
        <translation>Изменить задание…</translation>
    </message>
    <message>
        <source>priority</source>
        <translation>приоритет</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Значение</translation>
    </message>
    <message>
        <source>Setpoint</source>
        <translation>Задание</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>Норма</translation>
    </message>
    <message>
        <source>Alarm limits</source>
        <translation>Пределы тревог</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>Диапазон</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Качество</translation>
    </message>
    <message>
        <source>Source time</source>
        <translation>Время источника</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Тег</translation>
    </message>
</context>
<context>
    <name>Form</name>
    <message>
        <source>No answer. What was entered stays here: look first whether it arrived.</source>
        <translation>Ответа нет. Введённое осталось здесь: сначала посмотрите, не дошло ли.</translation>
    </message>
</context>
<context>
    <name>Frame</name>
    <message>
        <source>Connecting to the server…</source>
        <translation>Подключаюсь к серверу…</translation>
    </message>
    <message>
        <source>No connection to the server. What you see is {age} old. Trying again…</source>
        <translation>Нет связи с сервером. Данные на экране устарели на {age}. Пробую снова…</translation>
    </message>
    <message>
        <source>The line engine is not running. What you see is {age} old.</source>
        <translation>Движок линии не работает. Данные на экране устарели на {age}.</translation>
    </message>
    <message>
        <source>Refused: {why}</source>
        <translation>Отказ: {why}</translation>
    </message>
    <message>
        <source>Not confirmed: the line did not answer in time. {why}</source>
        <translation>Не подтверждено: линия не ответила вовремя. {why}</translation>
    </message>
    <message>
        <source>Not sent: {why}</source>
        <translation>Не отправлено: {why}</translation>
    </message>
    <message>
        <source>no connection to the server</source>
        <translation>нет связи с сервером</translation>
    </message>
    <message>
        <source>Only looking is allowed until you change your first password.</source>
        <translation>Пока не сменён первый пароль, разрешён только просмотр.</translation>
    </message>
    <message>
        <source>Change password</source>
        <translation>Сменить пароль</translation>
    </message>
</context>
<context>
    <name>Handover</name>
    <message>
        <source>Who to whom</source>
        <translation>Кто сдаёт и кто принимает</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>Отозвать…</translation>
    </message>
    <message>
        <source>End without hand-over…</source>
        <translation>Закончить без передачи…</translation>
    </message>
    <message>
        <source>Remark…</source>
        <translation>Замечание…</translation>
    </message>
    <message>
        <source>The hand-over was withdrawn or signed meanwhile.</source>
        <translation>Тем временем передачу отозвали или подписали.</translation>
    </message>
    <message>
        <source>The list changed while you read it. Read it again.</source>
        <translation>Пока вы читали, список изменился. Прочитайте ещё раз.</translation>
    </message>
    <message>
        <source>Leaves</source>
        <translation>Сдаёт</translation>
    </message>
    <message>
        <source>Planned</source>
        <translation>По графику</translation>
    </message>
    <message>
        <source>Signed</source>
        <translation>Подписал(а)</translation>
    </message>
    <message>
        <source>Comes</source>
        <translation>Принимает</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Следующая</translation>
    </message>
    <message>
        <source>If nobody does</source>
        <translation>Если не передать</translation>
    </message>
    <message>
        <source>Crew: {crew}</source>
        <translation>Бригада: {crew}</translation>
    </message>
    <message>
        <source>Remark written…</source>
        <translation>Замечание написано…</translation>
    </message>
    <message>
        <source>Everything was talked over face to face</source>
        <translation>Всё обсудили лично</translation>
    </message>
    <message>
        <source>What will be handed over</source>
        <translation>Что будет передано</translation>
    </message>
    <message>
        <source>Open matters as signed: {n}</source>
        <translation>Открытые вопросы, как подписано: {n}</translation>
    </message>
    <message>
        <source>Open matters now: {n}</source>
        <translation>Открытые вопросы сейчас: {n}</translation>
    </message>
    <message>
        <source>before</source>
        <translation>до этого</translation>
    </message>
    <message>
        <source>No shift is open: there is nothing to hand over.</source>
        <translation>Смена не открыта: передавать нечего.</translation>
    </message>
    <message>
        <source>notes</source>
        <translation>заметки</translation>
    </message>
    <message>
        <source>Write notes for the next shift: what to watch, what was agreed, what comes next.</source>
        <translation>Напишите заметки для следующей смены: за чем следить, о чём договорились, что дальше.</translation>
    </message>
    <message>
        <source>Prepare: the list of open matters is made by itself – batches, products on hold, alarms also hidden ones, units by hand, calls, stops without a reason, requests, orders, lots on hold.</source>
        <translation>Подготовьте: список открытых вопросов составится сам — партии, продукт на удержании, тревоги и скрытые тоже, узлы в ручном, вызовы, простои без причины, заявки, заказы, задержанное сырьё.</translation>
    </message>
    <message>
        <source>Deal with what can be dealt with, then sign: that freezes notes and list.</source>
        <translation>Закройте то, что можно закрыть, и подпишите: заметки и список больше не изменятся.</translation>
    </message>
    <message>
        <source>Talk it over face to face. Who comes reads the list and signs: their shift begins with that.</source>
        <translation>Обсудите всё лично. Принимающий читает список и подписывает — с этого начинается его смена.</translation>
    </message>
    <message>
        <source>Another shift has begun: this text is too late for the hand-over. Write it into the log.</source>
        <translation>Началась другая смена: в передачу этот текст уже не войдёт. Запишите его в журнал.</translation>
    </message>
    <message>
        <source>! Stops without a reason: {n}. Give the reasons before you sign ▸</source>
        <translation>! Простоев без причины: {n}. Укажите причины до подписи ▸</translation>
    </message>
    <message>
        <source>! Stops without a reason that you take over: {n} ▸</source>
        <translation>! Простоев без причины, которые вы принимаете: {n} ▸</translation>
    </message>
    <message>
        <source>Start a shift…</source>
        <translation>Начать смену…</translation>
    </message>
    <message>
        <source>Prepare the hand-over</source>
        <translation>Подготовить передачу</translation>
    </message>
    <message>
        <source>Sign: I hand over…</source>
        <translation>Подписать: сдаю…</translation>
    </message>
    <message>
        <source>Sign: I take over…</source>
        <translation>Подписать: принимаю…</translation>
    </message>
    <message>
        <source>Notes…</source>
        <translation>Заметки…</translation>
    </message>
    <message>
        <source>No connection. What was entered stays here.</source>
        <translation>Нет связи. Введённое останется здесь.</translation>
    </message>
    <message>
        <source>from {role} on</source>
        <translation>{role} или выше</translation>
    </message>
    <message>
        <source>Sent, waiting for the answer…</source>
        <translation>Отправлено, жду ответа…</translation>
    </message>
    <message>
        <source>Crew that takes over</source>
        <translation>Бригада, которая принимает</translation>
    </message>
    <message>
        <source>Notes for the next shift</source>
        <translation>Заметки для следующей смены</translation>
    </message>
    <message>
        <source>Remark of who comes</source>
        <translation>Замечание принимающего</translation>
    </message>
    <message>
        <source>Change the notes</source>
        <translation>Изменить заметки</translation>
    </message>
    <message>
        <source>{name} handed over: somebody else takes over</source>
        <translation>{name} сдал(а) смену: принимает другой человек</translation>
    </message>
    <message>
        <source>Hand-over of shift {number}</source>
        <translation>Передача смены {number}</translation>
    </message>
    <message>
        <source>I hand over shift {number} with the notes and the open matters listed ({n}).</source>
        <translation>Сдаю смену {number} с заметками и открытыми вопросами по списку ({n}).</translation>
    </message>
    <message>
        <source>Sign: I hand over</source>
        <translation>Подписать: сдаю</translation>
    </message>
    <message>
        <source>I have read the notes and the open matters of shift {number} ({n}) and take over.</source>
        <translation>Заметки и открытые вопросы смены {number} ({n}) прочитал(а), смену принимаю.</translation>
    </message>
    <message>
        <source>Sign: I take over</source>
        <translation>Подписать: принимаю</translation>
    </message>
    <message>
        <source>The list is live again; who leaves signs anew.</source>
        <translation>Список снова живой; сдающий подписывает заново.</translation>
    </message>
    <message>
        <source>The shift goes on as it was; the notes stay on this panel.</source>
        <translation>Смена продолжается; заметки останутся на этой панели.</translation>
    </message>
    <message>
        <source>Withdraw the hand-over</source>
        <translation>Отозвать передачу смены</translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation>Отозвать</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>партия</translation>
    </message>
    <message>
        <source>question</source>
        <translation>ждёт ответа</translation>
    </message>
    <message>
        <source>product on hold</source>
        <translation>нет решения</translation>
    </message>
    <message>
        <source>alarm</source>
        <translation>тревога</translation>
    </message>
    <message>
        <source>hidden alarm</source>
        <translation>тревога скрыта</translation>
    </message>
    <message>
        <source>by hand</source>
        <translation>ручной режим</translation>
    </message>
    <message>
        <source>call</source>
        <translation>вызов</translation>
    </message>
    <message>
        <source>stop</source>
        <translation>простой</translation>
    </message>
    <message>
        <source>request</source>
        <translation>заявка</translation>
    </message>
    <message>
        <source>order</source>
        <translation>заказ</translation>
    </message>
    <message>
        <source>raw material</source>
        <translation>сырьё</translation>
    </message>
    <message>
        <source>The list is not complete</source>
        <translation>Список неполный</translation>
    </message>
    <message>
        <source>The notes are to be changed</source>
        <translation>Нужно исправить заметки</translation>
    </message>
    <message>
        <source>Somebody else hands over</source>
        <translation>Сдаёт другой человек</translation>
    </message>
    <message>
        <source>Turn the list to its last page.</source>
        <translation>Пролистайте список до конца.</translation>
    </message>
    <message>
        <source>Talk it over and tick that.</source>
        <translation>Обсудите всё лично и отметьте это.</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>Подготовка</translation>
    </message>
    <message>
        <source>Hand over: first signature</source>
        <translation>Сдаю: первая подпись</translation>
    </message>
    <message>
        <source>Take over: second signature</source>
        <translation>Принимаю: вторая подпись</translation>
    </message>
    <message>
        <source>Shift {number}</source>
        <translation>Смена {number}</translation>
    </message>
    <message>
        <source>begun by rule, by nobody</source>
        <translation>начата по правилу, её никто не открыл</translation>
    </message>
    <message>
        <source>not in the calendar</source>
        <translation>не по графику</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>осталось {time}</translation>
    </message>
    <message>
        <source>over for {time}</source>
        <translation>прошло {time} сверх графика</translation>
    </message>
    <message>
        <source>whoever signs</source>
        <translation>кто подпишет</translation>
    </message>
    <message>
        <source>the same shift goes on: the next one is far</source>
        <translation>та же смена, до следующей далеко</translation>
    </message>
    <message>
        <source>Nothing by itself: a line without a calendar has its shifts ended by people.</source>
        <translation>Само ничего: графика смен нет, смену заканчивают люди.</translation>
    </message>
    <message>
        <source>The calendar plans no end.</source>
        <translation>Конца по графику нет.</translation>
    </message>
    <message>
        <source>At {time} the shift ends by rule, without the second signature.</source>
        <translation>В {time} смена закончится по правилу, без второй подписи.</translation>
    </message>
    <message>
        <source>At {time} the shift ends by rule: no signatures, marked so in the report. The next one begins without a name.</source>
        <translation>В {time} смена закончится по правилу: без подписей, с пометкой в отчёте. Следующая начнётся без имени.</translation>
    </message>
    <message>
        <source>{role} or above signs with name and password; no other login is needed.</source>
        <translation>{role} или выше подписывает своим именем и паролем; входить заново не нужно.</translation>
    </message>
    <message>
        <source>Not {name}: who handed over cannot take over.</source>
        <translation>Не {name}: кто сдал, тот не принимает.</translation>
    </message>
    <message>
        <source>{name}, {role}, {time}</source>
        <translation>{name}, {role}, {time}</translation>
    </message>
    <message>
        <source>Who leaves wrote no notes.</source>
        <translation>Сдающий заметок не оставил.</translation>
    </message>
    <message>
        <source>Nothing is open.</source>
        <translation>Открытых вопросов нет.</translation>
    </message>
    <message>
        <source>new since you read it</source>
        <translation>новое: этого не было, когда вы читали</translation>
    </message>
    <message>
        <source>Shift {number} was handed over by {out} at {out_time}, taken over by {name} at {time}.</source>
        <translation>Смену {number} сдал(а) {out} в {out_time}, принял(а) {name} в {time}.</translation>
    </message>
    <message>
        <source>Shift {number} was ended by rule at {time}: nobody handed it over.</source>
        <translation>Смена {number} закончена по правилу в {time}: её никто не передал.</translation>
    </message>
    <message>
        <source>Shift {number} was ended at {time} without a hand-over.</source>
        <translation>Смену {number} закончили в {time} без передачи.</translation>
    </message>
    <message>
        <source>hand over by {time} ▸</source>
        <translation>сдать до {time} ▸</translation>
    </message>
    <message>
        <source>hand over, was due {time} ▸</source>
        <translation>сдать: срок был {time} ▸</translation>
    </message>
    <message>
        <source>hand-over not signed ▸</source>
        <translation>передача не подписана ▸</translation>
    </message>
    <message>
        <source>waits to be taken over ▸</source>
        <translation>ждёт приёма смены ▸</translation>
    </message>
    <message>
        <source>Hand the shift over by {time}</source>
        <translation>Передать смену до {time}</translation>
    </message>
    <message>
        <source>Hand the shift over: it was due at {time}</source>
        <translation>Передать смену: срок был {time}</translation>
    </message>
    <message>
        <source>Hand-over of the shift: waits for the signature of who leaves</source>
        <translation>Передача смены: ждёт подписи сдающего</translation>
    </message>
    <message>
        <source>Hand-over of the shift: waits for the signature of who comes</source>
        <translation>Передача смены: ждёт подписи принимающего</translation>
    </message>
</context>
<context>
    <name>Journal</name>
    <message>
        <source>All records</source>
        <translation>Все записи</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Escalation</source>
        <translation>Эскалация</translation>
    </message>
    <message>
        <source>Notices</source>
        <translation>Оповещения</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Вызовы</translation>
    </message>
    <message>
        <source>About</source>
        <translation>О чём</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Что произошло</translation>
    </message>
    <message>
        <source>The server does not give the journal. Trying again…</source>
        <translation>Сервер не отдаёт журнал. Пробую ещё…</translation>
    </message>
    <message>
        <source>The journal has no alarms</source>
        <translation>В журнале тревог нет</translation>
    </message>
    <message>
        <source>Nothing was found</source>
        <translation>Ничего не найдено</translation>
    </message>
    <message>
        <source>Search: alarm, tag, who, reason</source>
        <translation>Поиск: тревога, тег, кто, причина</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Поиск</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Очистить</translation>
    </message>
    <message>
        <source>On-screen keyboard</source>
        <translation>Экранная клавиатура</translation>
    </message>
    <message>
        <source>Search in the journal</source>
        <translation>Поиск в журнале</translation>
    </message>
    <message>
        <source>raised</source>
        <translation>сработала</translation>
    </message>
    <message>
        <source>returned to normal</source>
        <translation>ушла</translation>
    </message>
    <message>
        <source>condition gone, waits for reset</source>
        <translation>ушла, ждёт сброса</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>квитирована</translation>
    </message>
    <message>
        <source>reset</source>
        <translation>сброшена</translation>
    </message>
    <message>
        <source>annunciated again</source>
        <translation>напомнила о себе</translation>
    </message>
    <message>
        <source>shelved</source>
        <translation>отложена</translation>
    </message>
    <message>
        <source>suppressed by logic</source>
        <translation>подавлена логикой</translation>
    </message>
    <message>
        <source>taken out of service</source>
        <translation>выведена из работы</translation>
    </message>
    <message>
        <source>back in service, normal</source>
        <translation>снова в работе, норма</translation>
    </message>
    <message>
        <source>back in service, active</source>
        <translation>снова в работе, активна</translation>
    </message>
    <message>
        <source>back in service, waits for reset</source>
        <translation>снова в работе, ждёт сброса</translation>
    </message>
    <message>
        <source>shelved as before</source>
        <translation>снова отложена</translation>
    </message>
    <message>
        <source>suppressed by logic as before</source>
        <translation>снова подавлена логикой</translation>
    </message>
    <message>
        <source>shelving ends soon</source>
        <translation>скоро вернётся из отложенных</translation>
    </message>
    <message>
        <source>action taken</source>
        <translation>приняты меры</translation>
    </message>
    <message>
        <source>condition came while {state}</source>
        <translation>условие появилось, {state}</translation>
    </message>
    <message>
        <source>condition went while {state}</source>
        <translation>условие ушло, {state}</translation>
    </message>
    <message>
        <source>escalation begins</source>
        <translation>эскалация началась</translation>
    </message>
    <message>
        <source>escalation, step {n}</source>
        <translation>эскалация, шаг {n}</translation>
    </message>
    <message>
        <source>escalation waits</source>
        <translation>эскалация приостановлена</translation>
    </message>
    <message>
        <source>escalation goes on</source>
        <translation>эскалация продолжена</translation>
    </message>
    <message>
        <source>escalation ends</source>
        <translation>эскалация закончена</translation>
    </message>
    <message>
        <source>escalation reached nobody</source>
        <translation>эскалация: никого не нашли</translation>
    </message>
    <message>
        <source>call accepted</source>
        <translation>вызов принят</translation>
    </message>
    <message>
        <source>on site</source>
        <translation>на месте</translation>
    </message>
    <message>
        <source>call closed</source>
        <translation>вызов закрыт</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>отправлено</translation>
    </message>
    <message>
        <source>given up, not delivered</source>
        <translation>не доставлено, попытки закончились</translation>
    </message>
    <message>
        <source>called</source>
        <translation>вызов подан</translation>
    </message>
    <message>
        <source>Flood of alarms</source>
        <translation>Лавина тревог</translation>
    </message>
    <message>
        <source>Call {number}: {service}</source>
        <translation>Вызов {number}: {service}</translation>
    </message>
    <message>
        <source>flood begins</source>
        <translation>лавина началась</translation>
    </message>
    <message>
        <source>flood ends</source>
        <translation>лавина закончилась</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>до {time}</translation>
    </message>
    <message>
        <source>work order {number}</source>
        <translation>наряд {number}</translation>
    </message>
    <message>
        <source>first-out</source>
        <translation>первопричина</translation>
    </message>
    <message>
        <source>{n} in 10 min</source>
        <translation>{n} за 10 мин</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Что</translation>
    </message>
    <message>
        <source>Who · where</source>
        <translation>Кто · где</translation>
    </message>
    <message>
        <source>Said with it</source>
        <translation>Пояснение</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Значение</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Качество</translation>
    </message>
    <message>
        <source>not good</source>
        <translation>недостоверно</translation>
    </message>
    <message>
        <source>Time of the value</source>
        <translation>Время значения</translation>
    </message>
    <message>
        <source>Deadband</source>
        <translation>Зона нечувствительности</translation>
    </message>
    <message>
        <source>Delay on / off</source>
        <translation>Задержка прихода / ухода</translation>
    </message>
    <message>
        <source>Consequence of</source>
        <translation>Следствие от</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Recipe · phase</source>
        <translation>Рецепт · фаза</translation>
    </message>
    <message>
        <source>Attempt</source>
        <translation>Попытка</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Прошло</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Правило</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Версия настроек</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Запись №</translation>
    </message>
    <message>
        <source>Save as CSV</source>
        <translation>Сохранить CSV</translation>
    </message>
</context>
<context>
    <name>Keyboard</name>
    <message>
        <source>Space</source>
        <translation>Пробел</translation>
    </message>
</context>
<context>
    <name>Kpi</name>
    <message>
        <source>24 hours</source>
        <translation>24 часа</translation>
    </message>
    <message>
        <source>This shift</source>
        <translation>Эта смена</translation>
    </message>
    <message>
        <source>Last shift</source>
        <translation>Прошлая смена</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 дней</translation>
    </message>
    <message>
        <source>To the alarms</source>
        <translation>К тревогам</translation>
    </message>
    <message>
        <source>Alarms in 10 minutes</source>
        <translation>Тревог за 10 минут</translation>
    </message>
    <message>
        <source>Ten most frequent</source>
        <translation>Десять самых частых</translation>
    </message>
    <message>
        <source>Share by priority, | is the target</source>
        <translation>Доля по приоритетам, | – цель</translation>
    </message>
    <message>
        <source>Acknowledged within, median</source>
        <translation>Квитируют за, медиана</translation>
    </message>
    <message>
        <source>To be put right</source>
        <translation>Что исправить</translation>
    </message>
    <message>
        <source>flood: more than 10</source>
        <translation>лавина: больше 10</translation>
    </message>
    <message>
        <source>Nothing to show yet</source>
        <translation>Показывать пока нечего</translation>
    </message>
    <message>
        <source>No alarms in this time</source>
        <translation>Тревог за это время не было</translation>
    </message>
    <message>
        <source>Nothing was acknowledged</source>
        <translation>Ничего не квитировали</translation>
    </message>
    <message>
        <source>The server gives no figures. Trying again…</source>
        <translation>Сервер не отдаёт показатели. Пробую ещё…</translation>
    </message>
    <message>
        <source>There is no shift before this one</source>
        <translation>Прошлой смены ещё нет</translation>
    </message>
    <message>
        <source>Alarms an hour</source>
        <translation>Тревог в час</translation>
    </message>
    <message>
        <source>Peak in 10 min</source>
        <translation>Пик за 10 мин</translation>
    </message>
    <message>
        <source>10 min with more than 10</source>
        <translation>10-минуток, где больше 10</translation>
    </message>
    <message>
        <source>Hours with more than 30</source>
        <translation>Часов, где больше 30</translation>
    </message>
    <message>
        <source>Time in flood</source>
        <translation>Время в лавине</translation>
    </message>
    <message>
        <source>Share of the ten worst</source>
        <translation>Доля десяти худших</translation>
    </message>
    <message>
        <source>Chattering alarms</source>
        <translation>Дребезжащих тревог</translation>
    </message>
    <message>
        <source>Fleeting alarms</source>
        <translation>Мимолётных тревог</translation>
    </message>
    <message>
        <source>Standing over 24 h</source>
        <translation>Стоят дольше суток</translation>
    </message>
    <message>
        <source>Standing now / shelved</source>
        <translation>Стоят сейчас / отложено</translation>
    </message>
    <message>
        <source>target ≤ {n}</source>
        <translation>цель ≤ {n}</translation>
    </message>
    <message>
        <source>limit {n}</source>
        <translation>предел {n}</translation>
    </message>
    <message>
        <source>Priority {n}</source>
        <translation>Приоритет {n}</translation>
    </message>
    <message>
        <source>Chatters ×{n}: {name}</source>
        <translation>Дребезг ×{n}: {name}</translation>
    </message>
    <message>
        <source>Fleeting ×{n}: {name}</source>
        <translation>Мимолётная ×{n}: {name}</translation>
    </message>
    <message>
        <source>Stands since {when}: {name}</source>
        <translation>Стоит с {when}: {name}</translation>
    </message>
    <message>
        <source>No alarm chatters, flits by or stands over a day.</source>
        <translation>Ни одна тревога не дребезжит, не мелькает и не стоит дольше суток.</translation>
    </message>
</context>
<context>
    <name>Links</name>
    <message>
        <source>Controllers</source>
        <translation>Устройства</translation>
    </message>
    <message>
        <source>Engine and server</source>
        <translation>Движок и сервер</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Устройство</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>на связи</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>нет связи</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>подключается</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>отключена</translation>
    </message>
    <message>
        <source>A scan takes</source>
        <translation>Скан длится</translation>
    </message>
    <message>
        <source>Scans: late, missed</source>
        <translation>Сканов: с опозданием, пропущено</translation>
    </message>
    <message>
        <source>Real-time priority</source>
        <translation>Приоритет реального времени</translation>
    </message>
    <message>
        <source>off</source>
        <translation>выключен</translation>
    </message>
    <message>
        <source>writes</source>
        <translation>пишется</translation>
    </message>
    <message>
        <source>How late scans began, ms</source>
        <translation>Опоздание начала скана, мс</translation>
    </message>
    <message>
        <source>Response trend</source>
        <translation>Тренд отклика</translation>
    </message>
    <message>
        <source>Heard</source>
        <translation>Давность</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Отклик</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>Счётчики жизни</translation>
    </message>
    <message>
        <source>The line has no devices</source>
        <translation>В линии нет устройств</translation>
    </message>
    <message>
        <source>PLC counts</source>
        <translation>ПЛК считает</translation>
    </message>
    <message>
        <source>PLC stands still</source>
        <translation>ПЛК стоит</translation>
    </message>
    <message>
        <source>sees us</source>
        <translation>нас видит</translation>
    </message>
    <message>
        <source>does not see us</source>
        <translation>нас не видит</translation>
    </message>
    <message>
        <source>requests {n}, failed {failed} ({share})</source>
        <translation>запросов {n}, неудачных {failed} ({share})</translation>
    </message>
    <message>
        <source>not answered {n}</source>
        <translation>без ответа {n}</translation>
    </message>
    <message>
        <source>foreign and late answers {n}</source>
        <translation>отброшено ответов {n}</translation>
    </message>
    <message>
        <source>reconnects {n}</source>
        <translation>переподключений {n}</translation>
    </message>
    <message>
        <source>gaps {n}</source>
        <translation>пропусков данных {n}</translation>
    </message>
    <message>
        <source>clock ahead by {time}</source>
        <translation>часы спешат на {time}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Losses and returns</source>
        <translation>Обрывы и восстановления связи</translation>
    </message>
    <message>
        <source>No losses yet</source>
        <translation>Обрывов не было</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Чтение…</translation>
    </message>
    <message>
        <source>Connection is back</source>
        <translation>Связь восстановлена</translation>
    </message>
    <message>
        <source>Connection lost</source>
        <translation>Связь потеряна</translation>
    </message>
    <message>
        <source>does not write</source>
        <translation>не пишется</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>Engine runs</source>
        <translation>Движок работает</translation>
    </message>
    <message>
        <source>Scan period</source>
        <translation>Период скана</translation>
    </message>
    <message>
        <source>Sound of this panel</source>
        <translation>Звук этой панели</translation>
    </message>
    <message>
        <source>not needed yet</source>
        <translation>пока не был нужен</translation>
    </message>
    <message>
        <source>heard</source>
        <translation>есть</translation>
    </message>
    <message>
        <source>no loudspeaker</source>
        <translation>нет динамика</translation>
    </message>
    <message>
        <source>switched off</source>
        <translation>выключен</translation>
    </message>
    <message>
        <source>No scan was measured yet</source>
        <translation>Сканов ещё не было</translation>
    </message>
    <message>
        <source>Latest scan</source>
        <translation>Наибольшее опоздание скана</translation>
    </message>
    <message>
        <source>Journal</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>InfluxDB, points waiting</source>
        <translation>InfluxDB, точек в очереди</translation>
    </message>
    <message>
        <source>Controllers and engine</source>
        <translation>Контроллеры и движок</translation>
    </message>
    <message>
        <source>History and InfluxDB</source>
        <translation>Архив и InfluxDB</translation>
    </message>
</context>
<context>
    <name>Loading</name>
    <message>
        <source>Loading of raw material</source>
        <translation>Загрузка сырья</translation>
    </message>
    <message>
        <source>batch {batch}</source>
        <translation>партия {batch}</translation>
    </message>
    <message>
        <source>Formula of batch {batch}: wanted and weighed, kg</source>
        <translation>Рецептура партии {batch}: нужно и взвешено, кг</translation>
    </message>
    <message>
        <source>The batch does not ask for this material any more.</source>
        <translation>Партии это сырьё больше не нужно.</translation>
    </message>
    <message>
        <source>Choose on the page of raw material what is to be loaded.</source>
        <translation>Выберите на странице «Сырьё», что загружать.</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Подтвердить</translation>
    </message>
    <message>
        <source>Confirm {mass} with a reason…</source>
        <translation>Подтвердить {mass}, причина…</translation>
    </message>
    <message>
        <source>Confirm {mass}</source>
        <translation>Подтвердить {mass}</translation>
    </message>
    <message>
        <source>the lot has only {mass}</source>
        <translation>в партии всего {mass}</translation>
    </message>
    <message>
        <source>No connection. What was entered stays here.</source>
        <translation>Нет связи. Введённое сохраняется.</translation>
    </message>
    <message>
        <source>from {role} on</source>
        <translation>с роли «{role}»</translation>
    </message>
    <message>
        <source>Sent, waiting for the answer…</source>
        <translation>Отправлено, жду ответа…</translation>
    </message>
    <message>
        <source>Code or number of the lot</source>
        <translation>Код или номер партии</translation>
    </message>
    <message>
        <source>This is no code that can be read.</source>
        <translation>Такой код прочитать нельзя.</translation>
    </message>
    <message>
        <source>{name}: several lots bear this code. Which one is it?</source>
        <translation>{name}: этот код у нескольких партий. Какая из них?</translation>
    </message>
    <message>
        <source>{name}: no lot in stock bears this code. Receive it first.</source>
        <translation>{name}: на складе нет партии с таким кодом. Сначала примите её.</translation>
    </message>
    <message>
        <source>The server does not answer. Try again.</source>
        <translation>Сервер не отвечает. Попробуйте ещё раз.</translation>
    </message>
    <message>
        <source>{lot}: there is no such lot in stock.</source>
        <translation>{lot}: такой партии на складе нет.</translation>
    </message>
    <message>
        <source>Lot {lot}</source>
        <translation>Партия {lot}</translation>
    </message>
    <message>
        <source>Take this lot all the same</source>
        <translation>Взять эту партию</translation>
    </message>
    <message>
        <source>Mass that was weighed</source>
        <translation>Взвешенная масса</translation>
    </message>
    <message>
        <source>With {mass} there is more in the batch than the recipe allows.</source>
        <translation>С {mass} в партии будет больше, чем допускает рецептура.</translation>
    </message>
    <message>
        <source>Outside the tolerance</source>
        <translation>Вне допуска</translation>
    </message>
    <message>
        <source>No answer. Look at the formula before you confirm again.</source>
        <translation>Ответа нет. Посмотрите в рецептуре, загружено ли, прежде чем подтверждать снова.</translation>
    </message>
    <message>
        <source>Not sent: no connection to the server</source>
        <translation>Не отправлено: нет связи с сервером</translation>
    </message>
    <message>
        <source>Type the code…</source>
        <translation>Ввести код…</translation>
    </message>
    <message>
        <source>Receive material…</source>
        <translation>Принять сырьё…</translation>
    </message>
    <message>
        <source>The scanner works anywhere on this page.</source>
        <translation>Сканер работает в любом месте этой страницы.</translation>
    </message>
    <message>
        <source>Looking the code up…</source>
        <translation>Ищу код…</translation>
    </message>
    <message>
        <source>Scan the code on the label: {name}</source>
        <translation>Отсканируйте код на этикетке: {name}</translation>
    </message>
    <message>
        <source>First to go, by its date: {facts}</source>
        <translation>Первая по сроку: {facts}</translation>
    </message>
    <message>
        <source>There is no lot in stock that may be used.</source>
        <translation>На складе нет партии, которую можно брать.</translation>
    </message>
    <message>
        <source>Take it all the same…</source>
        <translation>Всё равно взять…</translation>
    </message>
    <message>
        <source>Another code</source>
        <translation>Другой код</translation>
    </message>
    <message>
        <source>This lot may not be loaded</source>
        <translation>Эту партию брать нельзя</translation>
    </message>
    <message>
        <source>Only with a reason</source>
        <translation>Только с указанием причины</translation>
    </message>
    <message>
        <source>Checking lot {lot}…</source>
        <translation>Проверяю партию {lot}…</translation>
    </message>
    <message>
        <source>Take {lot}</source>
        <translation>Взять {lot}</translation>
    </message>
    <message>
        <source>Partial load</source>
        <translation>Частичная загрузка</translation>
    </message>
    <message>
        <source>kg net</source>
        <translation>кг нетто</translation>
    </message>
    <message>
        <source>No tare</source>
        <translation>Без тары</translation>
    </message>
    <message>
        <source>Tare</source>
        <translation>Тара</translation>
    </message>
    <message>
        <source>Back to the scale</source>
        <translation>Назад к весам</translation>
    </message>
    <message>
        <source>Type the mass…</source>
        <translation>Ввести вручную…</translation>
    </message>
    <message>
        <source>Mass that was typed in</source>
        <translation>Масса введена вручную</translation>
    </message>
    <message>
        <source>tare {mass}</source>
        <translation>тара {mass}</translation>
    </message>
    <message>
        <source>Less is left of this lot than is wanted: load the rest of it, then another lot.</source>
        <translation>В партии осталось меньше, чем нужно: загрузите остаток, затем другую партию.</translation>
    </message>
    <message>
        <source>Partial load: what is on the scale is taken, the rest comes later.</source>
        <translation>Частичная загрузка: берётся то, что на весах, остальное потом.</translation>
    </message>
    <message>
        <source>Reason: {reason}</source>
        <translation>Причина: {reason}</translation>
    </message>
    <message>
        <source>To the raw material</source>
        <translation>К списку сырья</translation>
    </message>
    <message>
        <source>Loaded {mass} from lot {lot}</source>
        <translation>Загружено {mass} из партии {lot}</translation>
    </message>
    <message>
        <source>The batch lacks nothing any more.</source>
        <translation>Партии больше ничего не требуется.</translation>
    </message>
    <message>
        <source>Next: {name}, {mass}</source>
        <translation>Дальше: {name}, {mass}</translation>
    </message>
    <message>
        <source>Load the next material ▸</source>
        <translation>Загрузить следующее ▸</translation>
    </message>
    <message>
        <source>no good value from the scale</source>
        <translation>нет достоверных данных с весов</translation>
    </message>
    <message>
        <source>the scale is faulty</source>
        <translation>весы неисправны</translation>
    </message>
    <message>
        <source>the scale is not at rest yet</source>
        <translation>весы ещё не успокоились</translation>
    </message>
    <message>
        <source>nothing on the scale</source>
        <translation>на весах ничего нет</translation>
    </message>
    <message>
        <source>The older lot cannot be reached</source>
        <translation>До старой партии не добраться</translation>
    </message>
    <message>
        <source>The older lot is kept for another batch</source>
        <translation>Старая партия отложена для другой партии</translation>
    </message>
    <message>
        <source>Told by the technologist</source>
        <translation>Указание технолога</translation>
    </message>
    <message>
        <source>The material of the recipe ran out</source>
        <translation>Сырьё по рецептуре закончилось</translation>
    </message>
    <message>
        <source>Take a lot of the material that the recipe asks for.</source>
        <translation>Возьмите партию сырья, которое стоит в рецептуре.</translation>
    </message>
    <message>
        <source>Take another lot. Put this one aside and tell the shift lead.</source>
        <translation>Возьмите другую партию. Эту отставьте и сообщите мастеру смены.</translation>
    </message>
    <message>
        <source>Take another lot, or bring the documents: a technologist releases it then.</source>
        <translation>Возьмите другую партию или принесите документы: тогда технолог выпустит эту.</translation>
    </message>
    <message>
        <source>Take another lot. Only a technologist can release this one.</source>
        <translation>Возьмите другую партию. Эту может выпустить только технолог.</translation>
    </message>
    <message>
        <source>Take another lot. If there is still something of it, the shift lead corrects the stock.</source>
        <translation>Возьмите другую партию. Если от этой что-то осталось, остаток исправит мастер смены.</translation>
    </message>
    <message>
        <source>{code}: this is a packed case, no raw material.</source>
        <translation>{code}: это короб с продукцией, не сырьё.</translation>
    </message>
    <message>
        <source>{name}: this is product. It goes in as rework only.</source>
        <translation>{name}: это готовая продукция. В фарш — только через переработку.</translation>
    </message>
    <message>
        <source>Code: {lot}</source>
        <translation>Код: {lot}</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Код</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Проверка</translation>
    </message>
    <message>
        <source>Weighing</source>
        <translation>Взвешивание</translation>
    </message>
    <message>
        <source>Confirmation</source>
        <translation>Подтверждение</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>просрочено</translation>
    </message>
    <message>
        <source>last day</source>
        <translation>последний день</translation>
    </message>
    <message>
        <source>{n} d left</source>
        <translation>ещё {n} дн.</translation>
    </message>
    <message>
        <source>Lot</source>
        <translation>Партия сырья</translation>
    </message>
    <message>
        <source>Supplier</source>
        <translation>Поставщик</translation>
    </message>
    <message>
        <source>Produced</source>
        <translation>Выработано</translation>
    </message>
    <message>
        <source>Good until</source>
        <translation>Годен до</translation>
    </message>
    <message>
        <source>In stock</source>
        <translation>На складе</translation>
    </message>
    <message>
        <source>Wanted</source>
        <translation>Нужно</translation>
    </message>
    <message>
        <source>Weighed</source>
        <translation>Взвешено</translation>
    </message>
    <message>
        <source>First to go</source>
        <translation>Первая по сроку</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Место</translation>
    </message>
    <message>
        <source>Wanted {mass} ± {by}</source>
        <translation>Нужно {mass} ± {by}</translation>
    </message>
    <message>
        <source>{mass} more</source>
        <translation>ещё {mass}</translation>
    </message>
    <message>
        <source>too much by {mass}</source>
        <translation>лишних {mass}</translation>
    </message>
    <message>
        <source>inside the tolerance</source>
        <translation>в допуске</translation>
    </message>
    <message>
        <source>loaded before {mass}</source>
        <translation>загружено ранее {mass}</translation>
    </message>
    <message>
        <source>typed in</source>
        <translation>введено вручную</translation>
    </message>
    <message>
        <source>stable</source>
        <translation>стабильно</translation>
    </message>
    <message>
        <source>moving…</source>
        <translation>не стабильно</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>пусто</translation>
    </message>
    <message>
        <source>no data</source>
        <translation>нет данных</translation>
    </message>
    <message>
        <source>faulty</source>
        <translation>неисправны</translation>
    </message>
    <message>
        <source>first the lot</source>
        <translation>сначала партия сырья</translation>
    </message>
    <message>
        <source>the mass is missing</source>
        <translation>нет массы</translation>
    </message>
    <message>
        <source>outside the tolerance: {mass} more</source>
        <translation>вне допуска: ещё {mass}</translation>
    </message>
    <message>
        <source>too much: a shift lead says why</source>
        <translation>лишнее: причину указывает мастер смены</translation>
    </message>
</context>
<context>
    <name>Login</name>
    <message>
        <source>Show password</source>
        <translation>Показать пароль</translation>
    </message>
    <message>
        <source>Log in</source>
        <translation>Войти</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Пользователь</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Пароль</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Проверяю…</translation>
    </message>
</context>
<context>
    <name>Lot</name>
    <message>
        <source>Enter mass…</source>
        <translation>Ввести массу…</translation>
    </message>
    <message>
        <source>Lot number</source>
        <translation>Партия сырья №</translation>
    </message>
    <message>
        <source>From the scale: {mass}</source>
        <translation>С весов: {mass}</translation>
    </message>
    <message>
        <source>Mass</source>
        <translation>Масса</translation>
    </message>
    <message>
        <source>Wanted {mass} {by}</source>
        <translation>Нужно {mass} {by}</translation>
    </message>
    <message>
        <source>there already {mass}</source>
        <translation>уже есть {mass}</translation>
    </message>
    <message>
        <source>missing {mass}</source>
        <translation>не хватает {mass}</translation>
    </message>
    <message>
        <source>too much by {mass}</source>
        <translation>больше на {mass}</translation>
    </message>
    <message>
        <source>inside the tolerance</source>
        <translation>в допуске</translation>
    </message>
    <message>
        <source>the number of the lot</source>
        <translation>номер партии сырья</translation>
    </message>
    <message>
        <source>the mass</source>
        <translation>масса</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Осталось указать: {what}</translation>
    </message>
    <message>
        <source>Write down {mass}</source>
        <translation>Записать {mass}</translation>
    </message>
</context>
<context>
    <name>LotPage</name>
    <message>
        <source>Packaging damaged</source>
        <translation>Повреждена упаковка</translation>
    </message>
    <message>
        <source>Smell, colour or surface</source>
        <translation>Запах, цвет или поверхность</translation>
    </message>
    <message>
        <source>Kept too warm</source>
        <translation>Хранилось в тепле</translation>
    </message>
    <message>
        <source>Documents are there</source>
        <translation>Документы получены</translation>
    </message>
    <message>
        <source>Examined by the laboratory</source>
        <translation>Проверено лабораторией</translation>
    </message>
    <message>
        <source>Temperature checked in the middle of the piece</source>
        <translation>Температура в толще проверена</translation>
    </message>
    <message>
        <source>Stocktake</source>
        <translation>Пересчёт остатка</translation>
    </message>
    <message>
        <source>Loss in the store</source>
        <translation>Потери при хранении</translation>
    </message>
    <message>
        <source>Slip when it was entered</source>
        <translation>Ошибка при вводе</translation>
    </message>
    <message>
        <source>Expired</source>
        <translation>Истёк срок годности</translation>
    </message>
    <message>
        <source>Spoilt</source>
        <translation>Порча</translation>
    </message>
    <message>
        <source>Back to the supplier</source>
        <translation>Возврат поставщику</translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>What went in</source>
        <translation>Из чего</translation>
    </message>
    <message>
        <source>Where it went</source>
        <translation>Куда ушла</translation>
    </message>
    <message>
        <source>Its minutes…</source>
        <translation>Минуты партии…</translation>
    </message>
    <message>
        <source>Recall…</source>
        <translation>Отзыв…</translation>
    </message>
    <message>
        <source>Label PDF</source>
        <translation>Этикетка PDF</translation>
    </message>
    <message>
        <source>Move…</source>
        <translation>Переместить…</translation>
    </message>
    <message>
        <source>Put on hold…</source>
        <translation>Задержать…</translation>
    </message>
    <message>
        <source>Release…</source>
        <translation>Выпустить…</translation>
    </message>
    <message>
        <source>Stocktake…</source>
        <translation>Пересчёт…</translation>
    </message>
    <message>
        <source>Discard…</source>
        <translation>Списать…</translation>
    </message>
    <message>
        <source>Lot {lot}</source>
        <translation>Партия {lot}</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>not in stock</source>
        <translation>на складе нет</translation>
    </message>
    <message>
        <source>Number of the supplier</source>
        <translation>№ поставщика</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Принята</translation>
    </message>
    <message>
        <source>On arrival</source>
        <translation>При приёмке</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>Документы</translation>
    </message>
    <message>
        <source>Split off: lot {lot}. Print its label there.</source>
        <translation>Отделено: партия {lot}. Этикетку распечатайте на её странице.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю…</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Что</translation>
    </message>
    <message>
        <source>Mass, kg</source>
        <translation>Масса, кг</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Кто</translation>
    </message>
    <message>
        <source>Nothing happened yet.</source>
        <translation>Событий ещё не было.</translation>
    </message>
    <message>
        <source>Lot</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>What it is</source>
        <translation>Что это</translation>
    </message>
    <message>
        <source>Of this lot, kg</source>
        <translation>От партии, кг</translation>
    </message>
    <message>
        <source>Place, state</source>
        <translation>Место</translation>
    </message>
    <message>
        <source>Nothing is known to this side.</source>
        <translation>С этой стороны ничего не известно.</translation>
    </message>
    <message>
        <source>Put on hold</source>
        <translation>Задержать</translation>
    </message>
    <message>
        <source>Put lot {lot} on hold</source>
        <translation>Задержать партию {lot}</translation>
    </message>
    <message>
        <source>Put together in one container</source>
        <translation>Сложили в одну тару</translation>
    </message>
    <message>
        <source>Remainders of one delivery</source>
        <translation>Остатки одной поставки</translation>
    </message>
    <message>
        <source>Dispatch…</source>
        <translation>Отгрузить…</translation>
    </message>
    <message>
        <source>Split…</source>
        <translation>Разделить…</translation>
    </message>
    <message>
        <source>Merge…</source>
        <translation>Объединить…</translation>
    </message>
    <message>
        <source>Add a document…</source>
        <translation>Документ…</translation>
    </message>
    <message>
        <source>Block…</source>
        <translation>Забраковать…</translation>
    </message>
    <message>
        <source>Merging, stocktake and discarding: from {lead} on. Blocking: from {technologist} on</source>
        <translation>Объединение, пересчёт и списание: с роли «{lead}». Брак: с роли «{technologist}»</translation>
    </message>
    <message>
        <source>Blocking: from {role} on</source>
        <translation>Брак: с роли «{role}»</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>Выпуск</translation>
    </message>
    <message>
        <source>Release lot {lot}</source>
        <translation>Выпустить партию {lot}</translation>
    </message>
    <message>
        <source>Sign the release</source>
        <translation>Подписать выпуск</translation>
    </message>
    <message>
        <source>Block lot {lot} for good</source>
        <translation>Забраковать партию {lot}</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Брак</translation>
    </message>
    <message>
        <source>Move lot {lot}</source>
        <translation>Переместить партию {lot}</translation>
    </message>
    <message>
        <source>Where to?</source>
        <translation>Куда?</translation>
    </message>
    <message>
        <source>Counted mass</source>
        <translation>Пересчитанная масса</translation>
    </message>
    <message>
        <source>Set the stock to {mass}</source>
        <translation>Записать остаток {mass}</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Списание</translation>
    </message>
    <message>
        <source>Discard the rest of lot {lot}</source>
        <translation>Списать остаток партии {lot}</translation>
    </message>
    <message>
        <source>How much is split off lot {lot}</source>
        <translation>Сколько отделить от партии {lot}</translation>
    </message>
    <message>
        <source>The new lot gets the earlier date and the worse state of the two. This is not taken back.</source>
        <translation>У новой партии будет более ранний срок и худшее состояние из двух. Отменить нельзя.</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>Объединение</translation>
    </message>
    <message>
        <source>Merge {a} and {b}</source>
        <translation>Объединить {a} и {b}</translation>
    </message>
    <message>
        <source>Merge lot {lot}</source>
        <translation>Объединить партию {lot}</translation>
    </message>
    <message>
        <source>With which lot?</source>
        <translation>С какой партией?</translation>
    </message>
    <message>
        <source>Document of lot {lot}</source>
        <translation>Документ к партии {lot}</translation>
    </message>
    <message>
        <source>Which document came?</source>
        <translation>Какой документ пришёл?</translation>
    </message>
</context>
<context>
    <name>Material</name>
    <message>
        <source>Needed now</source>
        <translation>Нужно сейчас</translation>
    </message>
    <message>
        <source>In stock</source>
        <translation>На складе</translation>
    </message>
    <message>
        <source>Scan or type a code…</source>
        <translation>Сканировать или ввести код…</translation>
    </message>
    <message>
        <source>Receive material…</source>
        <translation>Принять сырьё…</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Все</translation>
    </message>
    <message>
        <source>Expired</source>
        <translation>Истекло</translation>
    </message>
    <message>
        <source>Soon</source>
        <translation>Скоро срок</translation>
    </message>
    <message>
        <source>On hold</source>
        <translation>Задержано</translation>
    </message>
    <message>
        <source>Quarantine</source>
        <translation>Карантин</translation>
    </message>
    <message>
        <source>and {n} more lots that are not shown</source>
        <translation>и ещё {n} партий, которые не показаны</translation>
    </message>
    <message>
        <source>Looking the code up…</source>
        <translation>Ищу код…</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Material</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Missing, kg</source>
        <translation>Нужно, кг</translation>
    </message>
    <message>
        <source>Lot, place</source>
        <translation>Где</translation>
    </message>
    <message>
        <source>No running batch lacks material.</source>
        <translation>Идущим партиям сырьё сейчас не нужно.</translation>
    </message>
    <message>
        <source>This line keeps no stock: lots are typed in on the page of the batch.</source>
        <translation>На этой линии склад не ведётся: партии сырья вводят на странице партии.</translation>
    </message>
    <message>
        <source>of {mass}</source>
        <translation>из {mass}</translation>
    </message>
    <message>
        <source>without lots</source>
        <translation>без учёта партий</translation>
    </message>
    <message>
        <source>none in stock</source>
        <translation>на складе нет</translation>
    </message>
    <message>
        <source>waits for it</source>
        <translation>ждёт сырьё</translation>
    </message>
    <message>
        <source>Lot</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Загрузить</translation>
    </message>
    <message>
        <source>Left, kg</source>
        <translation>Кг</translation>
    </message>
    <message>
        <source>Good until</source>
        <translation>Годен до</translation>
    </message>
    <message>
        <source>Place, state</source>
        <translation>Место</translation>
    </message>
    <message>
        <source>No such lots in stock.</source>
        <translation>Таких партий на складе нет.</translation>
    </message>
    <message>
        <source>Which batch is it for?</source>
        <translation>Для какой партии?</translation>
    </message>
    <message>
        <source>quarantine</source>
        <translation>карантин</translation>
    </message>
    <message>
        <source>may be used</source>
        <translation>можно брать</translation>
    </message>
    <message>
        <source>on hold</source>
        <translation>задержана</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>забракована</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>израсходована</translation>
    </message>
    <message>
        <source>discarded</source>
        <translation>списана</translation>
    </message>
    <message>
        <source>merged into another lot</source>
        <translation>объединена с другой</translation>
    </message>
    <message>
        <source>received</source>
        <translation>принята</translation>
    </message>
    <message>
        <source>loaded into {batch}</source>
        <translation>загружена в {batch}</translation>
    </message>
    <message>
        <source>stock corrected</source>
        <translation>остаток исправлен</translation>
    </message>
    <message>
        <source>put on hold</source>
        <translation>задержана</translation>
    </message>
    <message>
        <source>released</source>
        <translation>выпущена</translation>
    </message>
    <message>
        <source>moved to {to}</source>
        <translation>перемещена: {to}</translation>
    </message>
    <message>
        <source>packed {sscc}</source>
        <translation>упакована {sscc}</translation>
    </message>
    <message>
        <source>made</source>
        <translation>выработана</translation>
    </message>
    <message>
        <source>reworked into {into}</source>
        <translation>в переработку: {into}</translation>
    </message>
    <message>
        <source>label printed</source>
        <translation>этикетка напечатана</translation>
    </message>
    <message>
        <source>{into} split off</source>
        <translation>отделена партия {into}</translation>
    </message>
    <message>
        <source>merged into {into}</source>
        <translation>вошла в партию {into}</translation>
    </message>
    <message>
        <source>made of {of}</source>
        <translation>составлена из {of}</translation>
    </message>
    <message>
        <source>document: {document}</source>
        <translation>документ: {document}</translation>
    </message>
    <message>
        <source>dispatched to {customer}, {document}</source>
        <translation>отгружена: {customer}, накладная {document}</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>просрочено</translation>
    </message>
    <message>
        <source>semi-finished</source>
        <translation>полуфабрикат</translation>
    </message>
    <message>
        <source>packed</source>
        <translation>упаковано</translation>
    </message>
</context>
<context>
    <name>Navigation</name>
    <message>
        <source>Line</source>
        <translation>Линия</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Узел</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Alarm figures</source>
        <translation>Показатели тревог</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Вызовы</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Партии</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Протокол</translation>
    </message>
    <message>
        <source>Orders</source>
        <translation>Заказы</translation>
    </message>
    <message>
        <source>Recipes</source>
        <translation>Рецепты</translation>
    </message>
    <message>
        <source>Material</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>Загрузка</translation>
    </message>
    <message>
        <source>Lot</source>
        <translation>Партия сырья</translation>
    </message>
    <message>
        <source>Reception</source>
        <translation>Приёмка</translation>
    </message>
    <message>
        <source>Trends</source>
        <translation>Тренды</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Смена</translation>
    </message>
    <message>
        <source>Shift report</source>
        <translation>Отчёт смены</translation>
    </message>
    <message>
        <source>Links</source>
        <translation>Связь</translation>
    </message>
</context>
<context>
    <name>NewBatch</name>
    <message>
        <source>New batch</source>
        <translation>Новая партия</translation>
    </message>
    <message>
        <source>1. Recipe</source>
        <translation>1. Рецепт</translation>
    </message>
    <message>
        <source>version {version}</source>
        <translation>версия {version}</translation>
    </message>
    <message>
        <source>The line has no approved recipe.</source>
        <translation>На линии нет утверждённого рецепта.</translation>
    </message>
    <message>
        <source>2. Batch size</source>
        <translation>2. Размер партии</translation>
    </message>
    <message>
        <source>New batch for order {number}</source>
        <translation>Новая партия по заказу {number}</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Изменить…</translation>
    </message>
    <message>
        <source>3. Create</source>
        <translation>3. Создать</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Автомат</translation>
    </message>
    <message>
        <source>Semi-automatic</source>
        <translation>Полуавтомат</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>Ручной</translation>
    </message>
    <message>
        <source>Create, start later</source>
        <translation>Создать, пустить позже</translation>
    </message>
    <message>
        <source>Choose a recipe first.</source>
        <translation>Сначала выберите рецепт.</translation>
    </message>
    <message>
        <source>Reading the recipe…</source>
        <translation>Читаю рецепт…</translation>
    </message>
    <message>
        <source>Create and start</source>
        <translation>Создать и пустить</translation>
    </message>
    <message>
        <source>limits {limits}</source>
        <translation>пределы {limits}</translation>
    </message>
    <message>
        <source>Manual mode: from {role} on.</source>
        <translation>Ручной режим доступен с роли «{role}».</translation>
    </message>
    <message>
        <source>Order {number}: {rest} remaining.</source>
        <translation>Заказ {number}: осталось {rest}.</translation>
    </message>
    <message>
        <source>The batches on the line cover it.</source>
        <translation>Партии на линии его закрывают.</translation>
    </message>
    <message>
        <source>Proposed: {n} × {size}</source>
        <translation>Предлагается: {n} × {size}</translation>
    </message>
    <message>
        <source>at a yield of {pct}</source>
        <translation>при выходе {pct}</translation>
    </message>
    <message>
        <source>{recipe}, {size}: each step waits until an operator confirms it.</source>
        <translation>{recipe}, {size}: каждый шаг ждёт подтверждения оператора.</translation>
    </message>
    <message>
        <source>{recipe}, {size}: nothing starts by itself, a technologist starts each step.</source>
        <translation>{recipe}, {size}: само ничего не пускается, каждый шаг пускает технолог.</translation>
    </message>
    <message>
        <source>{recipe}, {size}: the batch takes the line&apos;s units one after another as they become free.</source>
        <translation>{recipe}, {size}: партия займёт узлы линии по очереди, как только они освободятся.</translation>
    </message>
    <message>
        <source>Create and start, {size}</source>
        <translation>Создать и пустить, {size}</translation>
    </message>
    <message>
        <source>trial, not approved</source>
        <translation>опытная, не утверждена</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>Размер партии</translation>
    </message>
</context>
<context>
    <name>NumericPad</name>
    <message>
        <source>Now: {value}</source>
        <translation>Сейчас: {value}</translation>
    </message>
    <message>
        <source>Limits: {limits}</source>
        <translation>Пределы: {limits}</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Подтвердить</translation>
    </message>
    <message>
        <source>Outside the limits {limits}</source>
        <translation>Вне пределов {limits}</translation>
    </message>
    <message>
        <source>Too many decimals: at most {n}</source>
        <translation>Слишком много знаков после запятой: не больше {n}</translation>
    </message>
    <message>
        <source>This is not a number</source>
        <translation>Это не число</translation>
    </message>
    <message>
        <source>Minutes, or minutes:seconds, e.g. 12:30</source>
        <translation>Минуты или минуты:секунды, например 12:30</translation>
    </message>
</context>
<context>
    <name>Oee</name>
    <message>
        <source>Availability</source>
        <translation>Доступность</translation>
    </message>
    <message>
        <source>Effectiveness</source>
        <translation>Эффективность</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Качество</translation>
    </message>
    <message>
        <source>OEE</source>
        <translation>OEE</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Работа</translation>
    </message>
    <message>
        <source>Small stops</source>
        <translation>Мелкие простои</translation>
    </message>
    <message>
        <source>Stands by itself</source>
        <translation>Собственные простои</translation>
    </message>
    <message>
        <source>Waits for others</source>
        <translation>Ожидание соседей</translation>
    </message>
    <message>
        <source>Nothing to do</source>
        <translation>Нет задания</translation>
    </message>
    <message>
        <source>Planned pause</source>
        <translation>Плановый перерыв</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>Неизвестно</translation>
    </message>
    <message>
        <source>Slower than planned</source>
        <translation>Медленнее плана</translation>
    </message>
    <message>
        <source>Rejects</source>
        <translation>Брак</translation>
    </message>
    <message>
        <source>Avail., %</source>
        <translation>Дост., %</translation>
    </message>
    <message>
        <source>Eff., %</source>
        <translation>Эфф., %</translation>
    </message>
    <message>
        <source>Qual., %</source>
        <translation>Кач., %</translation>
    </message>
    <message>
        <source>Line (by {unit})</source>
        <translation>Линия (по {unit})</translation>
    </message>
    <message>
        <source>This shift</source>
        <translation>Эта смена</translation>
    </message>
    <message>
        <source>Shift until {when}</source>
        <translation>Смена до {when}</translation>
    </message>
    <message>
        <source>Last shift</source>
        <translation>Прошлая смена</translation>
    </message>
    <message>
        <source>worked {apt} of {pbt} planned busy time</source>
        <translation>работа {apt} из планового времени {pbt}</translation>
    </message>
    <message>
        <source>{made} at a plan of {rate} a minute in {apt}</source>
        <translation>{made} шт. при норме {rate} в минуту за {apt}</translation>
    </message>
    <message>
        <source>good {good} of {made}</source>
        <translation>годных {good} из {made}</translation>
    </message>
    <message>
        <source>Availability × Effectiveness × Quality</source>
        <translation>Доступность × Эффективность × Качество</translation>
    </message>
    <message>
        <source>no planned busy time</source>
        <translation>планового времени не было</translation>
    </message>
    <message>
        <source>no counter or no planned rate</source>
        <translation>нет счётчика или плановой нормы</translation>
    </message>
    <message>
        <source>it has not worked</source>
        <translation>не работала</translation>
    </message>
    <message>
        <source>nothing was made</source>
        <translation>ничего не сделано</translation>
    </message>
    <message>
        <source>{names} above 100 %: the planned rate or a counter is wrong.</source>
        <translation>{names} выше 100 %: плановая норма или счётчик неверны.</translation>
    </message>
    <message>
        <source>Of {unknown} nobody knows: the figures say nothing about it.</source>
        <translation>{unknown} неизвестно: показатели об этом времени не говорят.</translation>
    </message>
    <message>
        <source>Made in that time: {n}; counted, but not in the effectiveness.</source>
        <translation>Сделано за это время: {n}; в счёт идёт, в эффективность нет.</translation>
    </message>
    <message>
        <source>Made {made}: good {good}, rejected {rejects}</source>
        <translation>Сделано {made}: годных {good}, брак {rejects}</translation>
    </message>
    <message>
        <source>Failures {n} · MTTR {mttr} · MTBF {mtbf}</source>
        <translation>Отказов {n} · MTTR {mttr} · MTBF {mtbf}</translation>
    </message>
    <message>
        <source>Reason not given</source>
        <translation>Причина не указана</translation>
    </message>
    <message>
        <source>Line, units</source>
        <translation>Линия, узлы</translation>
    </message>
    <message>
        <source>Products</source>
        <translation>Продукты</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Партии</translation>
    </message>
    <message>
        <source>Shifts</source>
        <translation>Смены</translation>
    </message>
    <message>
        <source>Time, h:min:s</source>
        <translation>Время, ч:мин:с</translation>
    </message>
    <message>
        <source>What was lost, the most first</source>
        <translation>Потери по убыванию</translation>
    </message>
    <message>
        <source>OEE, %</source>
        <translation>OEE, %</translation>
    </message>
    <message>
        <source>No figures yet.</source>
        <translation>Показателей ещё нет.</translation>
    </message>
    <message>
        <source>No product was made in this shift.</source>
        <translation>В этой смене продуктов ещё не было.</translation>
    </message>
    <message>
        <source>No batch was at a machine yet.</source>
        <translation>Партий на машинах ещё не было.</translation>
    </message>
    <message>
        <source>No shift yet.</source>
        <translation>Смен ещё не было.</translation>
    </message>
    <message>
        <source>on the line</source>
        <translation>на линии</translation>
    </message>
    <message>
        <source>Nothing was lost.</source>
        <translation>Потерь нет.</translation>
    </message>
    <message>
        <source>The batch was not at the machine whose OEE is the line&apos;s: see its other units.</source>
        <translation>Партия не была на машине, по которой считают OEE линии: смотрите её узлы.</translation>
    </message>
</context>
<context>
    <name>OrderForm</name>
    <message>
        <source>New order</source>
        <translation>Новый заказ</translation>
    </message>
    <message>
        <source>Change order {number}</source>
        <translation>Изменить заказ {number}</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Номер</translation>
    </message>
    <message>
        <source>Product</source>
        <translation>Продукт</translation>
    </message>
    <message>
        <source>How much</source>
        <translation>Количество</translation>
    </message>
    <message>
        <source>Due</source>
        <translation>Срок</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Смена</translation>
    </message>
    <message>
        <source>Priority (1 is first)</source>
        <translation>Приоритет (1 — первый)</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Примечание</translation>
    </message>
    <message>
        <source>kilograms</source>
        <translation>килограммы</translation>
    </message>
    <message>
        <source>packs</source>
        <translation>упаковки</translation>
    </message>
    <message>
        <source>Due at</source>
        <translation>Срок, время</translation>
    </message>
    <message>
        <source>choose…</source>
        <translation>указать…</translation>
    </message>
    <message>
        <source>the next one by itself</source>
        <translation>следующий по порядку</translation>
    </message>
    <message>
        <source>any</source>
        <translation>любая</translation>
    </message>
    <message>
        <source>none</source>
        <translation>нет</translation>
    </message>
    <message>
        <source>today, {day}</source>
        <translation>сегодня, {day}</translation>
    </message>
    <message>
        <source>tomorrow, {day}</source>
        <translation>завтра, {day}</translation>
    </message>
    <message>
        <source>no due time</source>
        <translation>без срока</translation>
    </message>
    <message>
        <source>the product</source>
        <translation>продукт</translation>
    </message>
    <message>
        <source>how much</source>
        <translation>количество</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Не указано: {what}</translation>
    </message>
    <message>
        <source>Nothing is changed yet.</source>
        <translation>Пока ничего не изменено.</translation>
    </message>
    <message>
        <source>The due time has passed already.</source>
        <translation>Этот срок уже прошёл.</translation>
    </message>
    <message>
        <source>Create the order, {amount}</source>
        <translation>Создать заказ, {amount}</translation>
    </message>
    <message>
        <source>Change the order</source>
        <translation>Изменить заказ</translation>
    </message>
</context>
<context>
    <name>Orders</name>
    <message>
        <source>planned</source>
        <translation>запланирован</translation>
    </message>
    <message>
        <source>running</source>
        <translation>в работе</translation>
    </message>
    <message>
        <source>filled</source>
        <translation>выполнен</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>закрыт</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>отменён</translation>
    </message>
    <message>
        <source>Created: {amount}</source>
        <translation>Создан: {amount}</translation>
    </message>
    <message>
        <source>Changed: {amount}, {due}</source>
        <translation>Изменён: {amount}, {due}</translation>
    </message>
    <message>
        <source>Begun with batch {batch}</source>
        <translation>Начат партией {batch}</translation>
    </message>
    <message>
        <source>Filled: {packed} packed</source>
        <translation>Выполнен: упаковано {packed}</translation>
    </message>
    <message>
        <source>Closed: {packed} packed</source>
        <translation>Закрыт: упаковано {packed}</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменён</translation>
    </message>
    <message>
        <source>{n} days</source>
        <translation>{n} дн.</translation>
    </message>
    <message>
        <source>late by {time}</source>
        <translation>опоздание {time}</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>через {time}</translation>
    </message>
    <message>
        <source>due {time}</source>
        <translation>срок {time}</translation>
    </message>
    <message>
        <source>no due time</source>
        <translation>без срока</translation>
    </message>
    <message>
        <source>Withdrawn by the office</source>
        <translation>Отозван плановым отделом</translation>
    </message>
    <message>
        <source>No raw material</source>
        <translation>Нет сырья</translation>
    </message>
    <message>
        <source>Written down by mistake</source>
        <translation>Заведён по ошибке</translation>
    </message>
    <message>
        <source>the order has ended</source>
        <translation>заказ закрыт</translation>
    </message>
    <message>
        <source>one that was begun is closed instead</source>
        <translation>начатый заказ закрывают</translation>
    </message>
    <message>
        <source>it has as many batches as an order may have</source>
        <translation>у заказа уже предельное число партий</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>нет связи</translation>
    </message>
    <message>
        <source>from {role} on</source>
        <translation>с роли «{role}»</translation>
    </message>
    <message>
        <source>its recipe has no approved version</source>
        <translation>у рецептуры нет утверждённой версии</translation>
    </message>
    <message>
        <source>Start a batch for this order…</source>
        <translation>Начать партию по заказу…</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Изменить…</translation>
    </message>
    <message>
        <source>Close…</source>
        <translation>Закрыть…</translation>
    </message>
    <message>
        <source>Cancel…</source>
        <translation>Отменить…</translation>
    </message>
    <message>
        <source>Whole notes…</source>
        <translation>Примечание целиком…</translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>Order {number}</source>
        <translation>Заказ {number}</translation>
    </message>
    <message>
        <source>packed {0} of {1}, remaining {2}</source>
        <translation>упаковано {0} из {1}, осталось {2}</translation>
    </message>
    <message>
        <source>Due</source>
        <translation>Срок</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Смена</translation>
    </message>
    <message>
        <source>any</source>
        <translation>любая</translation>
    </message>
    <message>
        <source>priority {n}</source>
        <translation>приоритет {n}</translation>
    </message>
    <message>
        <source>Written down</source>
        <translation>Завёл</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Закрытые</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Примечание</translation>
    </message>
    <message>
        <source>Batches · {n}</source>
        <translation>Партии · {n}</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Packed</source>
        <translation>Упаковано</translation>
    </message>
    <message>
        <source>No batch has been made for it.</source>
        <translation>Партий по заказу ещё не было.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Что</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю…</translation>
    </message>
    <message>
        <source>of {size}</source>
        <translation>из {size}</translation>
    </message>
    <message>
        <source>A batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Изменение</translation>
    </message>
    <message>
        <source>Closing</source>
        <translation>Закрытие</translation>
    </message>
    <message>
        <source>Cancellation</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Close order {number}</source>
        <translation>Закрыть заказ {number}</translation>
    </message>
    <message>
        <source>All of it is packed.</source>
        <translation>Упакован полностью.</translation>
    </message>
    <message>
        <source>{rest} are missing still. No more batches can be made for it then.</source>
        <translation>Ещё не упаковано {rest}. Новых партий по нему уже не будет.</translation>
    </message>
    <message>
        <source>Its batches on the line go on.</source>
        <translation>Партии на линии продолжаются.</translation>
    </message>
    <message>
        <source>Cancel order {number}</source>
        <translation>Отменить заказ {number}</translation>
    </message>
    <message>
        <source>This shift has no orders.</source>
        <translation>На эту смену заказов нет.</translation>
    </message>
    <message>
        <source>No order is open.</source>
        <translation>Открытых заказов нет.</translation>
    </message>
    <message>
        <source>No order has ended yet.</source>
        <translation>Закрытых заказов пока нет.</translation>
    </message>
    <message>
        <source>Production orders</source>
        <translation>Производственные заказы</translation>
    </message>
    <message>
        <source>New order…</source>
        <translation>Новый заказ…</translation>
    </message>
    <message>
        <source>This shift</source>
        <translation>Эта смена</translation>
    </message>
    <message>
        <source>All open</source>
        <translation>Все открытые</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>Заказ</translation>
    </message>
    <message>
        <source>Remaining</source>
        <translation>Осталось</translation>
    </message>
    <message>
        <source>Pr.</source>
        <translation>Пр.</translation>
    </message>
    <message>
        <source>to be made {n} · late {late}</source>
        <translation>не выполнено {n} · опаздывают {late}</translation>
    </message>
    <message>
        <source>New: from {role} on</source>
        <translation>Новый заказ — с роли «{role}»</translation>
    </message>
    <message>
        <source>{part} of {whole}</source>
        <translation>{part} из {whole}</translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message>
        <source>{batch}: product on hold, a decision is needed</source>
        <translation>{batch}: продукт удержан, нужно решение</translation>
    </message>
    <message>
        <source>{batch}: {what}</source>
        <translation>{batch}: {what}</translation>
    </message>
    <message>
        <source>{batch}: confirm “{what}”</source>
        <translation>{batch}: подтвердить «{what}»</translation>
    </message>
    <message>
        <source>Request {batch} is done, confirm it: {what}</source>
        <translation>Заявка {batch} выполнена, подтвердите: {what}</translation>
    </message>
    <message>
        <source>Order {number} is late, it was due at {time}</source>
        <translation>Заказ {number} опаздывает, срок был {time}</translation>
    </message>
    <message>
        <source>{n} orders are late</source>
        <translation>Опаздывают заказы: {n}</translation>
    </message>
    <message>
        <source>Order {number} is not begun, due at {time}</source>
        <translation>Заказ {number} не начат, срок {time}</translation>
    </message>
    <message>
        <source>{n} orders of the shift are not begun</source>
        <translation>Не начаты заказы смены: {n}</translation>
    </message>
    <message>
        <source>Requests to be confirmed: {n}</source>
        <translation>Подтвердить выполненные заявки: {n}</translation>
    </message>
    <message>
        <source>batch is held</source>
        <translation>партия задержана</translation>
    </message>
    <message>
        <source>Acknowledge alarms ({n})</source>
        <translation>Квитировать тревоги ({n})</translation>
    </message>
    <message>
        <source>Stops without a reason: {n}</source>
        <translation>Простои без причины: {n}</translation>
    </message>
    <message>
        <source>{unit} stands: why?</source>
        <translation>{unit} стоит: почему?</translation>
    </message>
    <message>
        <source>{unit} stood: why?</source>
        <translation>{unit}: почему был простой?</translation>
    </message>
    <message>
        <source>New request {batch}: {what}</source>
        <translation>Новая заявка {batch}: {what}</translation>
    </message>
    <message>
        <source>Requests nobody has taken: {n}</source>
        <translation>Никем не взяты заявки: {n}</translation>
    </message>
    <message>
        <source>Batches of the shift</source>
        <translation>Партии смены</translation>
    </message>
    <message>
        <source>Needs me now</source>
        <translation>Нужно сейчас</translation>
    </message>
    <message>
        <source>Nothing. The line needs no action.</source>
        <translation>Ничего. Вмешательство не требуется.</translation>
    </message>
    <message>
        <source>batches done</source>
        <translation>партий готово</translation>
    </message>
    <message>
        <source>packs</source>
        <translation>упаковок</translation>
    </message>
    <message>
        <source>rejects</source>
        <translation>брак</translation>
    </message>
    <message>
        <source>alarms</source>
        <translation>тревог</translation>
    </message>
    <message>
        <source>Shift {number}</source>
        <translation>Смена {number}</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Смена</translation>
    </message>
    <message>
        <source>No shift is open</source>
        <translation>Смена не открыта</translation>
    </message>
    <message>
        <source>Packed {packed} of {charged} {kg} charged</source>
        <translation>Упаковано {packed} из {charged} {kg} сырья</translation>
    </message>
    <message>
        <source>Yield of completed batches: {yield_pct}</source>
        <translation>Выход по готовым партиям: {yield_pct}</translation>
    </message>
    <message>
        <source>{n} more ▸</source>
        <translation>Ещё {n} ▸</translation>
    </message>
    <message>
        <source>{unit} · {tag}, 30 min</source>
        <translation>{unit} · {tag}, 30 мин</translation>
    </message>
</context>
<context>
    <name>Password</name>
    <message>
        <source>Change password</source>
        <translation>Сменить пароль</translation>
    </message>
    <message>
        <source>This password is for the first login only. Until you change it you can only look.</source>
        <translation>Этот пароль годится только для первого входа. Пока он не сменён, разрешён только просмотр.</translation>
    </message>
    <message>
        <source>Old password</source>
        <translation>Старый пароль</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>Новый пароль</translation>
    </message>
    <message>
        <source>New once more</source>
        <translation>Новый ещё раз</translation>
    </message>
    <message>
        <source>Later, only look</source>
        <translation>Позже, пока смотреть</translation>
    </message>
    <message>
        <source>At least {n} characters</source>
        <translation>Не короче {n} знаков</translation>
    </message>
    <message>
        <source>Not the user name</source>
        <translation>Не совпадает с именем пользователя</translation>
    </message>
    <message>
        <source>Not the old password</source>
        <translation>Не совпадает со старым</translation>
    </message>
    <message>
        <source>Typed twice alike</source>
        <translation>Оба раза набран одинаково</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Проверяю…</translation>
    </message>
</context>
<context>
    <name>Photo</name>
    <message>
        <source>Pictures</source>
        <translation>Изображения</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>Документы</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>Загрузки</translation>
    </message>
    <message>
        <source>Home folder</source>
        <translation>Домашняя папка</translation>
    </message>
    <message>
        <source>{n} KB</source>
        <translation>{n} КБ</translation>
    </message>
    <message>
        <source>{n} MB</source>
        <translation>{n} МБ</translation>
    </message>
    <message>
        <source>Larger than {limit}: take it again with a smaller size set in the camera</source>
        <translation>Больше {limit}: снимите ещё раз, выбрав в камере меньший размер</translation>
    </message>
    <message>
        <source>No JPEG or PNG: the file is damaged or of another kind</source>
        <translation>Не JPEG и не PNG: файл повреждён или другого вида</translation>
    </message>
    <message>
        <source>JPEG or PNG; above {limit} it is made smaller. Put the card or stick of the camera into the panel.</source>
        <translation>JPEG или PNG; больше {limit} — будет уменьшено. Вставьте в панель карту камеры или флешку.</translation>
    </message>
    <message>
        <source>The file cannot be read any more</source>
        <translation>Файл больше не читается</translation>
    </message>
    <message>
        <source>Photo for the entry</source>
        <translation>Фото к записи</translation>
    </message>
    <message>
        <source>There are no photos in this folder: {folder}</source>
        <translation>В этой папке нет фото: {folder}</translation>
    </message>
</context>
<context>
    <name>Reason</name>
    <message>
        <source>Why</source>
        <translation>Почему</translation>
    </message>
    <message>
        <source>Still missing: why</source>
        <translation>Осталось указать причину</translation>
    </message>
</context>
<context>
    <name>Reception</name>
    <message>
        <source>Reception of raw material</source>
        <translation>Приёмка сырья</translation>
    </message>
    <message>
        <source>A scanned code fills in what it says.</source>
        <translation>Отсканированный код сам заполнит поля.</translation>
    </message>
    <message>
        <source>What came, and from whom</source>
        <translation>Что пришло и от кого</translation>
    </message>
    <message>
        <source>Material</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Supplier</source>
        <translation>Поставщик</translation>
    </message>
    <message>
        <source>Lot of the supplier</source>
        <translation>Партия поставщика</translation>
    </message>
    <message>
        <source>Produced</source>
        <translation>Выработано</translation>
    </message>
    <message>
        <source>Good until</source>
        <translation>Годен до</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Место</translation>
    </message>
    <message>
        <source>Mass</source>
        <translation>Масса</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Температура</translation>
    </message>
    <message>
        <source>Documents that came along</source>
        <translation>Документы с партией</translation>
    </message>
    <message>
        <source>Type…</source>
        <translation>Ввести…</translation>
    </message>
    <message>
        <source>Open the lot ▸</source>
        <translation>Открыть партию ▸</translation>
    </message>
    <message>
        <source>choose…</source>
        <translation>указать…</translation>
    </message>
    <message>
        <source>Scale {id}: {mass}</source>
        <translation>Весы {id}: {mass}</translation>
    </message>
    <message>
        <source>Probe: {value}</source>
        <translation>Датчик: {value}</translation>
    </message>
    <message>
        <source>allowed {limits} °C</source>
        <translation>допустимо {limits} °C</translation>
    </message>
    <message>
        <source> (CCP)</source>
        <translation> (ККТ)</translation>
    </message>
    <message>
        <source>the material</source>
        <translation>сырьё</translation>
    </message>
    <message>
        <source>the supplier</source>
        <translation>поставщик</translation>
    </message>
    <message>
        <source>a date</source>
        <translation>дата выработки или срок</translation>
    </message>
    <message>
        <source>the mass</source>
        <translation>масса</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Не хватает: {what}</translation>
    </message>
    <message>
        <source>Receive more</source>
        <translation>Принять ещё</translation>
    </message>
    <message>
        <source>Receive {mass}</source>
        <translation>Принять {mass}</translation>
    </message>
    <message>
        <source>Lot {lot} is received and may be used.</source>
        <translation>Партия {lot} принята, её можно брать.</translation>
    </message>
    <message>
        <source>Lot {lot} is received, in quarantine. {why}</source>
        <translation>Партия {lot} принята, но в карантине. {why}</translation>
    </message>
    <message>
        <source>Lot {lot} is received: {status}. {why}</source>
        <translation>Партия {lot} принята, но {status}. {why}</translation>
    </message>
    <message>
        <source>{lot}: this is a label of ours, the lot was received before.</source>
        <translation>{lot}: это наша этикетка, партия уже принята.</translation>
    </message>
    <message>
        <source>A lot with this code is in stock already: {lots}</source>
        <translation>На складе уже есть партия с этим кодом: {lots}</translation>
    </message>
    <message>
        <source>The code names no material of this line: choose it.</source>
        <translation>В коде нет сырья этой линии: выберите его.</translation>
    </message>
    <message>
        <source>{text} is no date: day, month and year, e.g. 26.11.2026</source>
        <translation>«{text}» — не дата: день, месяц и год, например 26.11.2026</translation>
    </message>
    <message>
        <source>Date: day.month.year</source>
        <translation>Дата: день.месяц.год</translation>
    </message>
    <message>
        <source>No answer. Look at the stock before you book it again.</source>
        <translation>Ответа нет. Посмотрите на складе, принята ли партия, прежде чем повторять.</translation>
    </message>
    <message>
        <source>the supplier is not approved</source>
        <translation>поставщик не одобрен</translation>
    </message>
    <message>
        <source>the temperature is not measured</source>
        <translation>температура не измерена</translation>
    </message>
    <message>
        <source>the temperature is outside what is allowed</source>
        <translation>температура вне допустимой</translation>
    </message>
    <message>
        <source>it has expired</source>
        <translation>срок годности истёк</translation>
    </message>
    <message>
        <source>too little of its shelf life is left</source>
        <translation>остаток срока слишком мал</translation>
    </message>
    <message>
        <source>missing: {papers}</source>
        <translation>нет документов: {papers}</translation>
    </message>
    <message>
        <source>Booked like this the lot will be on hold: {why}</source>
        <translation>Если принять так, партия будет задержана: {why}</translation>
    </message>
    <message>
        <source>Booked like this the lot will be in quarantine: {why}</source>
        <translation>Если принять так, партия будет в карантине: {why}</translation>
    </message>
    <message>
        <source>Booked like this the lot may be used at once.</source>
        <translation>Если принять так, партию можно брать сразу.</translation>
    </message>
</context>
<context>
    <name>Recipes</name>
    <message>
        <source>There is no approved version to compare with: everything is new.</source>
        <translation>Утверждённой версии для сравнения нет: всё новое.</translation>
    </message>
    <message>
        <source>Changes of {new} against {old}</source>
        <translation>Отличия версии {new} от {old}</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Что</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Было</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Стало</translation>
    </message>
    <message>
        <source>No differences.</source>
        <translation>Отличий нет.</translation>
    </message>
    <message>
        <source>The server cannot compare these versions now.</source>
        <translation>Сервер сейчас не может сравнить эти версии.</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Сохранён</translation>
    </message>
    <message>
        <source>Submitted for approval</source>
        <translation>Подан на согласование</translation>
    </message>
    <message>
        <source>Withdrawn</source>
        <translation>Отозван</translation>
    </message>
    <message>
        <source>Sent back</source>
        <translation>Возвращён</translation>
    </message>
    <message>
        <source>Approved</source>
        <translation>Утверждён</translation>
    </message>
    <message>
        <source>Taken out of use</source>
        <translation>Снят с производства</translation>
    </message>
    <message>
        <source>Dry run</source>
        <translation>Пробный прогон</translation>
    </message>
    <message>
        <source>Read from the line folder</source>
        <translation>Прочитан из папки линии</translation>
    </message>
    <message>
        <source>Superseded</source>
        <translation>Заменён новой версией</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Когда</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Версия</translation>
    </message>
    <message>
        <source>Who, why</source>
        <translation>Кто, почему</translation>
    </message>
    <message>
        <source>signed: {name}</source>
        <translation>подпись: {name}</translation>
    </message>
    <message>
        <source>Nothing has happened to this recipe yet.</source>
        <translation>С этим рецептом ещё ничего не происходило.</translation>
    </message>
    <message>
        <source>Parameter</source>
        <translation>Параметр</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Значение</translation>
    </message>
    <message>
        <source>from</source>
        <translation>от</translation>
    </message>
    <message>
        <source>to</source>
        <translation>до</translation>
    </message>
    <message>
        <source>Ingredient</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Per base batch</source>
        <translation>На базовую партию</translation>
    </message>
    <message>
        <source>tolerance</source>
        <translation>допуск</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Доля</translation>
    </message>
    <message>
        <source>The file cannot be read yet: see the page “File”.</source>
        <translation>Файл пока не читается: см. вкладку «Файл».</translation>
    </message>
    <message>
        <source>In all {mass}</source>
        <translation>Всего {mass}</translation>
    </message>
    <message>
        <source>A touch on a number changes it.</source>
        <translation>Число меняют касанием.</translation>
    </message>
    <message>
        <source>CCP</source>
        <translation>ККТ</translation>
    </message>
    <message>
        <source>{name}: lower limit</source>
        <translation>{name}: нижний предел</translation>
    </message>
    <message>
        <source>{name}: upper limit</source>
        <translation>{name}: верхний предел</translation>
    </message>
    <message>
        <source>File of the recipe</source>
        <translation>Файл рецепта</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Строка</translation>
    </message>
    <message>
        <source>Fault</source>
        <translation>Ошибка</translation>
    </message>
    <message>
        <source>The server does not answer: the file is not checked.</source>
        <translation>Сервер не отвечает: файл не проверен.</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Проверяю…</translation>
    </message>
    <message>
        <source>Faults: {n}. A touch shows the line.</source>
        <translation>Ошибок: {n}. Касание покажет строку.</translation>
    </message>
    <message>
        <source>No faults.</source>
        <translation>Ошибок нет.</translation>
    </message>
    <message>
        <source>The server did not start the dry run.</source>
        <translation>Сервер не начал пробный прогон.</translation>
    </message>
    <message>
        <source>The dry run broke off: {why}</source>
        <translation>Пробный прогон прервался: {why}</translation>
    </message>
    <message>
        <source>Start the dry run</source>
        <translation>Начать прогон</translation>
    </message>
    <message>
        <source>The dry run is under way: {pct} %</source>
        <translation>Идёт пробный прогон: {pct} %</translation>
    </message>
    <message>
        <source>No dry run of this version yet. It goes through the whole recipe on the simulated line.</source>
        <translation>Пробного прогона этой версии ещё не было. Он проведёт рецепт целиком на имитаторе линии.</translation>
    </message>
    <message>
        <source>Dry run passed.</source>
        <translation>Пробный прогон пройден.</translation>
    </message>
    <message>
        <source>Dry run not passed.</source>
        <translation>Пробный прогон не пройден.</translation>
    </message>
    <message>
        <source>packed {packed} of {charged}</source>
        <translation>{packed} из {charged}</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Длительность</translation>
    </message>
    <message>
        <source>Yield</source>
        <translation>Выход</translation>
    </message>
    <message>
        <source>Critical limits</source>
        <translation>Критические пределы</translation>
    </message>
    <message>
        <source>met</source>
        <translation>выдержаны</translation>
    </message>
    <message>
        <source>Safe when interrupted</source>
        <translation>Безопасные прерывания</translation>
    </message>
    <message>
        <source>setpoints outside: {n}</source>
        <translation>заданий вне пределов: {n}</translation>
    </message>
    <message>
        <source>Lethality F</source>
        <translation>Летальность F</translation>
    </message>
    <message>
        <source>at least {n}</source>
        <translation>не менее {n}</translation>
    </message>
    <message>
        <source>{n} of {all}</source>
        <translation>{n} из {all}</translation>
    </message>
    <message>
        <source>max {value}</source>
        <translation>макс. {value}</translation>
    </message>
    <message>
        <source>Save draft</source>
        <translation>Сохранить черновик</translation>
    </message>
    <message>
        <source>What has changed, and why? The approved version stays as it is.</source>
        <translation>Что изменено и зачем? Утверждённая версия остаётся как есть.</translation>
    </message>
    <message>
        <source>Trial of a change</source>
        <translation>Проба изменения</translation>
    </message>
    <message>
        <source>Other raw material</source>
        <translation>Другое сырьё</translation>
    </message>
    <message>
        <source>Correction of a mistake</source>
        <translation>Исправление ошибки</translation>
    </message>
    <message>
        <source>Submit for approval</source>
        <translation>На согласование</translation>
    </message>
    <message>
        <source>Version {version}. A word to who approves:</source>
        <translation>Версия {version}. Что сказать утверждающему:</translation>
    </message>
    <message>
        <source>Tried and ready</source>
        <translation>Опробовано, готово</translation>
    </message>
    <message>
        <source>New product</source>
        <translation>Новый продукт</translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation>Отозвать</translation>
    </message>
    <message>
        <source>Version {version} becomes a draft again.</source>
        <translation>Версия {version} снова станет черновиком.</translation>
    </message>
    <message>
        <source>To be worked on</source>
        <translation>Нужна доработка</translation>
    </message>
    <message>
        <source>Send back</source>
        <translation>Вернуть</translation>
    </message>
    <message>
        <source>Version {version} goes back to its author. What is to be changed?</source>
        <translation>Версия {version} вернётся автору. Что изменить?</translation>
    </message>
    <message>
        <source>Limits to be checked</source>
        <translation>Проверить пределы</translation>
    </message>
    <message>
        <source>Dry run is not convincing</source>
        <translation>Пробный прогон не убеждает</translation>
    </message>
    <message>
        <source>{name}, version {version}, content {hash}; dry run {evidence}. {changes}</source>
        <translation>{name}, версия {version}, содержание {hash}; пробный прогон {evidence}. {changes}</translation>
    </message>
    <message>
        <source>Who wrote or submitted a version does not approve it.</source>
        <translation>Автор и подавший на согласование не утверждают.</translation>
    </message>
    <message>
        <source>Content, differences and dry run checked</source>
        <translation>Проверены содержание, отличия и пробный прогон</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>Утвердить</translation>
    </message>
    <message>
        <source>{name}, version {version}: no new batch can be made by it.</source>
        <translation>{name}, версия {version}: новых партий по ней не будет.</translation>
    </message>
    <message>
        <source>Product is no longer made</source>
        <translation>Продукт больше не выпускается</translation>
    </message>
    <message>
        <source>Mistake found</source>
        <translation>Найдена ошибка</translation>
    </message>
    <message>
        <source>Take out of use</source>
        <translation>Снять с производства</translation>
    </message>
    <message>
        <source>Go on to the signature</source>
        <translation>Перейти к подписи</translation>
    </message>
    <message>
        <source>Touch a step to see what it asks for.</source>
        <translation>Коснитесь шага, чтобы увидеть, что он требует.</translation>
    </message>
    <message>
        <source>The procedure cannot be read yet.</source>
        <translation>Процедура пока не читается.</translation>
    </message>
    <message>
        <source>sent back</source>
        <translation>возвращён</translation>
    </message>
    <message>
        <source>draft</source>
        <translation>черновик</translation>
    </message>
    <message>
        <source>in review</source>
        <translation>согласуется</translation>
    </message>
    <message>
        <source>approved</source>
        <translation>утверждён</translation>
    </message>
    <message>
        <source>obsolete</source>
        <translation>снят</translation>
    </message>
    <message>
        <source>Sent back by {user}, {when}: {reason}</source>
        <translation>Возвращён на доработку ({user}, {when}): {reason}</translation>
    </message>
    <message>
        <source>Recipes</source>
        <translation>Рецепты</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Параметры</translation>
    </message>
    <message>
        <source>Formula</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Procedure</source>
        <translation>Процедура</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Файл</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Отличия</translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>To the batches</source>
        <translation>К партиям</translation>
    </message>
    <message>
        <source>Save draft…</source>
        <translation>Сохранить…</translation>
    </message>
    <message>
        <source>Discard changes</source>
        <translation>Отменить правки</translation>
    </message>
    <message>
        <source>For approval…</source>
        <translation>На согласование…</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>Отозвать…</translation>
    </message>
    <message>
        <source>Send back…</source>
        <translation>Вернуть…</translation>
    </message>
    <message>
        <source>Approve…</source>
        <translation>Утвердить…</translation>
    </message>
    <message>
        <source>Out of use…</source>
        <translation>Снять с производства…</translation>
    </message>
    <message>
        <source>No recipe</source>
        <translation>Рецепта нет</translation>
    </message>
    <message>
        <source> · changed, not saved</source>
        <translation> · изменён, не сохранён</translation>
    </message>
    <message>
        <source>The line has no recipes.</source>
        <translation>На линии нет рецептов.</translation>
    </message>
    <message>
        <source>A dry run that was passed is needed first.</source>
        <translation>Сначала нужен пройденный пробный прогон.</translation>
    </message>
    <message>
        <source>The file has faults.</source>
        <translation>В файле есть ошибки.</translation>
    </message>
    <message>
        <source>Look at the differences first.</source>
        <translation>Сначала посмотрите отличия.</translation>
    </message>
    <message>
        <source>The number was not taken over. Enter it again.</source>
        <translation>Число не принято. Введите его ещё раз.</translation>
    </message>
    <message>
        <source>A technologist who logs in can change recipes.</source>
        <translation>Чтобы менять рецепты, войдите как технолог.</translation>
    </message>
    <message>
        <source>Only a technologist changes recipes.</source>
        <translation>Рецепты меняет только технолог.</translation>
    </message>
    <message>
        <source>A technologist signs, here at this panel.</source>
        <translation>Подписывает технолог: здесь же, своим паролем.</translation>
    </message>
    <message>
        <source>Version {version} exists already: write another number into the file.</source>
        <translation>Версия {version} уже есть: впишите в файл новый номер.</translation>
    </message>
    <message>
        <source>Save the changes first.</source>
        <translation>Сначала сохраните правки.</translation>
    </message>
    <message>
        <source>The server cannot give this version now.</source>
        <translation>Сервер сейчас не может отдать эту версию.</translation>
    </message>
</context>
<context>
    <name>Record</name>
    <message>
        <source>Batch</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Обновить</translation>
    </message>
    <message>
        <source>Save JSON</source>
        <translation>Сохранить JSON</translation>
    </message>
    <message>
        <source>Save PDF</source>
        <translation>Сохранить PDF</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Сводка</translation>
    </message>
    <message>
        <source>Critical points</source>
        <translation>ККТ</translation>
    </message>
    <message>
        <source>Materials</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Course, signatures</source>
        <translation>Ход и подписи</translation>
    </message>
    <message>
        <source>Record of {batch}</source>
        <translation>Протокол {batch}</translation>
    </message>
    <message>
        <source>No record: {why}</source>
        <translation>Протокола нет: {why}</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю…</translation>
    </message>
    <message>
        <source>No batch is chosen.</source>
        <translation>Партия не выбрана.</translation>
    </message>
    <message>
        <source>The batch has not ended: the record goes as far as it has come.</source>
        <translation>Партия не закончена: протокол до текущего момента.</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Шаг</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Узел</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Пуск</translation>
    </message>
    <message>
        <source>Lasted</source>
        <translation>Длилось</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>пропущен</translation>
    </message>
    <message>
        <source>No step has begun.</source>
        <translation>Ни один шаг не начат.</translation>
    </message>
    <message>
        <source>Critical point</source>
        <translation>Критическая точка</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Значение</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Вывод</translation>
    </message>
    <message>
        <source>deviation {n}</source>
        <translation>отклонение {n}</translation>
    </message>
    <message>
        <source>The recipe has no critical control point.</source>
        <translation>В рецепте нет критических контрольных точек.</translation>
    </message>
    <message>
        <source>No curve was kept.</source>
        <translation>Кривая не сохранилась.</translation>
    </message>
    <message>
        <source>samples are missing</source>
        <translation>часть данных не сохранилась</translation>
    </message>
    <message>
        <source>outside the tolerance</source>
        <translation>вне допуска</translation>
    </message>
    <message>
        <source>not weighed</source>
        <translation>не взвешено</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Что произошло</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Кто</translation>
    </message>
    <message>
        <source>Nothing has happened yet.</source>
        <translation>Пока ничего не произошло.</translation>
    </message>
    <message>
        <source>Batch created</source>
        <translation>Партия создана</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Команда</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Режим</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Ответ</translation>
    </message>
    <message>
        <source>Lot</source>
        <translation>Партия сырья</translation>
    </message>
    <message>
        <source>Change of a parameter</source>
        <translation>Изменение параметра</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Заметка</translation>
    </message>
    <message>
        <source>Disposition</source>
        <translation>Решение о продукте</translation>
    </message>
    <message>
        <source>Step confirmed</source>
        <translation>Шаг подтверждён</translation>
    </message>
    <message>
        <source>Step started by hand</source>
        <translation>Шаг пущен вручную</translation>
    </message>
    <message>
        <source>Step skipped</source>
        <translation>Шаг пропущен</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>отказ</translation>
    </message>
    <message>
        <source>not confirmed</source>
        <translation>не подтверждена</translation>
    </message>
    <message>
        <source>content checked</source>
        <translation>содержание проверено</translation>
    </message>
    <message>
        <source>content does NOT match the hash</source>
        <translation>содержание НЕ совпадает с хешем</translation>
    </message>
    <message>
        <source>Product</source>
        <translation>Продукт</translation>
    </message>
    <message>
        <source>Recipe, version</source>
        <translation>Рецепт, версия</translation>
    </message>
    <message>
        <source>Hash of the recipe</source>
        <translation>Хеш рецепта</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Масса</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Создана</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Пущена</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Закончена</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Длительность</translation>
    </message>
    <message>
        <source>Charged</source>
        <translation>Загружено</translation>
    </message>
    <message>
        <source>Packed</source>
        <translation>Упаковано</translation>
    </message>
    <message>
        <source>Yield</source>
        <translation>Выход</translation>
    </message>
    <message>
        <source>Events of the journal</source>
        <translation>Записи журнала</translation>
    </message>
    <message>
        <source>Checksum of the record</source>
        <translation>Контрольная сумма</translation>
    </message>
    <message>
        <source>not judged yet</source>
        <translation>вывода ещё нет</translation>
    </message>
    <message>
        <source>met</source>
        <translation>выдержано</translation>
    </message>
    <message>
        <source>not met</source>
        <translation>не выдержано</translation>
    </message>
    <message>
        <source>acknowledged {time}</source>
        <translation>квитирована {time}</translation>
    </message>
    <message>
        <source>returned {time}</source>
        <translation>ушла {time}</translation>
    </message>
    <message>
        <source>Alarm {priority}: {text}</source>
        <translation>Тревога {priority}: {text}</translation>
    </message>
    <message>
        <source>Question: {text}</source>
        <translation>Запрос: {text}</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>подтверждено</translation>
    </message>
    <message>
        <source>no</source>
        <translation>нет</translation>
    </message>
    <message>
        <source>Answer: {answer}</source>
        <translation>Ответ: {answer}</translation>
    </message>
    <message>
        <source>signed: {name}</source>
        <translation>подпись: {name}</translation>
    </message>
    <message>
        <source>Deviation at a CCP: {text}</source>
        <translation>Отклонение в ККТ: {text}</translation>
    </message>
    <message>
        <source>Deviation: {text}</source>
        <translation>Отклонение: {text}</translation>
    </message>
    <message>
        <source>Disposition of deviation {number}: {verdict}</source>
        <translation>Решение по отклонению {number}: {verdict}</translation>
    </message>
    <message>
        <source>Transfer {source} → {target}</source>
        <translation>Передача {source} → {target}</translation>
    </message>
    <message>
        <source>{material}: lot {lot}</source>
        <translation>{material}: партия сырья {lot}</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>Shifts</source>
        <translation>Смены</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Обновить</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>Разделы</translation>
    </message>
    <message>
        <source>Save {kind}</source>
        <translation>Сохранить {kind}</translation>
    </message>
    <message>
        <source>Lot</source>
        <translation>Партия</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Отчёт</translation>
    </message>
    <message>
        <source>No report: {why}</source>
        <translation>Отчёта нет: {why}</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Чтение…</translation>
    </message>
    <message>
        <source>There has been no shift yet.</source>
        <translation>Смены ещё не было.</translation>
    </message>
    <message>
        <source>{n} of {all}</source>
        <translation>{n} из {all}</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Итоги</translation>
    </message>
    <message>
        <source>log in and touch “Read again”</source>
        <translation>войдите и нажмите «Обновить»</translation>
    </message>
</context>
<context>
    <name>Requests</name>
    <message>
        <source>Requests</source>
        <translation>Заявки</translation>
    </message>
    <message>
        <source>It is still the same</source>
        <translation>Ничего не изменилось</translation>
    </message>
    <message>
        <source>Not all of it is done</source>
        <translation>Сделано не всё</translation>
    </message>
    <message>
        <source>It came back</source>
        <translation>Повторилось</translation>
    </message>
    <message>
        <source>No longer needed</source>
        <translation>Уже не нужно</translation>
    </message>
    <message>
        <source>Asked for by mistake</source>
        <translation>Подана по ошибке</translation>
    </message>
    <message>
        <source>Asked for twice</source>
        <translation>Подана дважды</translation>
    </message>
    <message>
        <source>Looked at on site, it is done</source>
        <translation>Проверено на месте, сделано</translation>
    </message>
    <message>
        <source>Who asked is not on shift</source>
        <translation>Подавшего нет на смене</translation>
    </message>
    <message>
        <source>Whole text…</source>
        <translation>Весь текст…</translation>
    </message>
    <message>
        <source>Request {n}</source>
        <translation>Заявка № {n}</translation>
    </message>
    <message>
        <source>{urgency} · asked by {user} at {time}</source>
        <translation>{urgency} · подана {time}, {user}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Course</source>
        <translation>Ход</translation>
    </message>
    <message>
        <source>What is there to say</source>
        <translation>Комментарий к заявке</translation>
    </message>
    <message>
        <source>What was done</source>
        <translation>Что сделано</translation>
    </message>
    <message>
        <source>Send request {n} back</source>
        <translation>Вернуть заявку № {n}</translation>
    </message>
    <message>
        <source>Withdraw request {n}</source>
        <translation>Отозвать заявку № {n}</translation>
    </message>
    <message>
        <source>Confirm request {n} of somebody else</source>
        <translation>Подтвердить чужую заявку № {n}</translation>
    </message>
    <message>
        <source>open</source>
        <translation>открыта</translation>
    </message>
    <message>
        <source>being done</source>
        <translation>в работе</translation>
    </message>
    <message>
        <source>done, to be confirmed</source>
        <translation>ждёт подтверждения</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>подтверждена</translation>
    </message>
    <message>
        <source>withdrawn</source>
        <translation>отозвана</translation>
    </message>
    <message>
        <source>Asked for</source>
        <translation>Подана</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>Взята в работу</translation>
    </message>
    <message>
        <source>Said</source>
        <translation>Комментарий</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Выполнена</translation>
    </message>
    <message>
        <source>Confirmed</source>
        <translation>Подтверждена</translation>
    </message>
    <message>
        <source>Sent back</source>
        <translation>Возвращена</translation>
    </message>
    <message>
        <source>Withdrawn</source>
        <translation>Отозвана</translation>
    </message>
    <message>
        <source>Take it on</source>
        <translation>Взять в работу</translation>
    </message>
    <message>
        <source>Done…</source>
        <translation>Выполнено…</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Подтвердить</translation>
    </message>
    <message>
        <source>Send back…</source>
        <translation>Вернуть…</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>Отозвать…</translation>
    </message>
    <message>
        <source>Say…</source>
        <translation>Комментарий…</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>нет связи</translation>
    </message>
    <message>
        <source>from {role} on</source>
        <translation>с роли «{role}»</translation>
    </message>
    <message>
        <source>only who asked ({user}), or a {role}</source>
        <translation>только тот, кто подал ({user}), или {role}</translation>
    </message>
    <message>
        <source>Nothing is asked for. “Request…” asks for something.</source>
        <translation>Открытых заявок нет. Подать — «Заявка…».</translation>
    </message>
    <message>
        <source>You have asked for nothing.</source>
        <translation>Ваших заявок нет.</translation>
    </message>
    <message>
        <source>No request has been closed yet.</source>
        <translation>Закрытых заявок пока нет.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Открытые</translation>
    </message>
    <message>
        <source>Mine</source>
        <translation>Мои</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>Закрытые</translation>
    </message>
    <message>
        <source>Request…</source>
        <translation>Заявка…</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>№</translation>
    </message>
    <message>
        <source>Where and what</source>
        <translation>Где и что</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Asked by</source>
        <translation>Кто подал</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Прошло</translation>
    </message>
    <message>
        <source>This line has no kinds of request: production.yaml names none.</source>
        <translation>Видов заявок на линии нет: в production.yaml они не заданы.</translation>
    </message>
    <message>
        <source>open: {n} · taken: {taken} · to be confirmed: {done}</source>
        <translation>открыто: {n} · в работе: {taken} · ждут подтверждения: {done}</translation>
    </message>
    <message>
        <source>urgent</source>
        <translation>срочно</translation>
    </message>
    <message>
        <source>normal</source>
        <translation>обычная</translation>
    </message>
    <message>
        <source>can wait</source>
        <translation>не к спеху</translation>
    </message>
    <message>
        <source>New request</source>
        <translation>Новая заявка</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Где</translation>
    </message>
    <message>
        <source>What is needed</source>
        <translation>Что нужно сделать</translation>
    </message>
    <message>
        <source>of what kind</source>
        <translation>вид заявки</translation>
    </message>
    <message>
        <source>what is needed</source>
        <translation>что нужно сделать</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Не указано: {what}</translation>
    </message>
    <message>
        <source>Send the request</source>
        <translation>Подать заявку</translation>
    </message>
    <message>
        <source>Send: {kind} → {where}</source>
        <translation>Подать: {kind} → {where}</translation>
    </message>
    <message>
        <source>{request} and {n} more</source>
        <translation>{request}, ещё {n}</translation>
    </message>
</context>
<context>
    <name>Roles</name>
    <message>
        <source>viewer</source>
        <translation>наблюдатель</translation>
    </message>
    <message>
        <source>operator</source>
        <translation>оператор</translation>
    </message>
    <message>
        <source>shift lead</source>
        <translation>мастер смены</translation>
    </message>
    <message>
        <source>technologist</source>
        <translation>технолог</translation>
    </message>
    <message>
        <source>engineer</source>
        <translation>инженер</translation>
    </message>
    <message>
        <source>administrator</source>
        <translation>администратор</translation>
    </message>
</context>
<context>
    <name>Saving</name>
    <message>
        <source>the server answers with error {status}</source>
        <translation>сервер ответил ошибкой {status}</translation>
    </message>
    <message>
        <source>no room on the disk with the folder {folder}</source>
        <translation>на диске с папкой {folder} нет места</translation>
    </message>
    <message>
        <source>the folder {folder} cannot be written to</source>
        <translation>не удаётся записать в папку {folder}</translation>
    </message>
    <message>
        <source>no connection to the server. Press again when it is back</source>
        <translation>нет связи с сервером. Нажмите ещё раз, когда она вернётся</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>Сохраняю…</translation>
    </message>
    <message>
        <source>Not saved: {why}</source>
        <translation>Не сохранено: {why}</translation>
    </message>
    <message>
        <source>Saved, {n} KB: {file}</source>
        <translation>Сохранено, {n} КБ: {file}</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>Change password</source>
        <translation>Сменить пароль</translation>
    </message>
    <message>
        <source>Log out</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Unknown user or wrong password</source>
        <translation>Неизвестный пользователь или неверный пароль</translation>
    </message>
    <message>
        <source>The password is changed.</source>
        <translation>Пароль сменён.</translation>
    </message>
    <message>
        <source>The server refused it</source>
        <translation>Сервер отказал</translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation>Сервер не отвечает</translation>
    </message>
</context>
<context>
    <name>Shift</name>
    <message>
        <source>This shift</source>
        <translation>Эта смена</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>Stops</source>
        <translation>Простои</translation>
    </message>
    <message>
        <source>OEE</source>
        <translation>OEE</translation>
    </message>
    <message>
        <source>Hand-over</source>
        <translation>Передача</translation>
    </message>
    <message>
        <source>Reports</source>
        <translation>Отчёты</translation>
    </message>
    <message>
        <source>Units: ran / held, h:min</source>
        <translation>Узлы: работа / задержка, ч:мин</translation>
    </message>
    <message>
        <source>Alarms of the shift</source>
        <translation>Тревоги смены</translation>
    </message>
    <message>
        <source>Main events</source>
        <translation>Главные события</translation>
    </message>
    <message>
        <source>Start a shift…</source>
        <translation>Начать смену…</translation>
    </message>
    <message>
        <source>End the shift…</source>
        <translation>Закончить смену…</translation>
    </message>
    <message>
        <source>No shift yet</source>
        <translation>Смены ещё не было</translation>
    </message>
    <message>
        <source>Shift {number}</source>
        <translation>Смена {number}</translation>
    </message>
    <message>
        <source>crew {crew}</source>
        <translation>бригада {crew}</translation>
    </message>
    <message>
        <source>since {time}</source>
        <translation>с {time}</translation>
    </message>
    <message>
        <source>ended {time}</source>
        <translation>закончена в {time}</translation>
    </message>
    <message>
        <source>{n} in all</source>
        <translation>всего {n}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Событие</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Кто</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>Пока ничего</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю журнал…</translation>
    </message>
    <message>
        <source>Hand the shift over…</source>
        <translation>Передать смену…</translation>
    </message>
    <message>
        <source>Shifts</source>
        <translation>Смены</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Отчёт</translation>
    </message>
    <message>
        <source>Whole report</source>
        <translation>Отчёт целиком</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Смена</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Дата</translation>
    </message>
    <message>
        <source>From … to</source>
        <translation>С … до</translation>
    </message>
    <message>
        <source>Lasted</source>
        <translation>Длилась</translation>
    </message>
    <message>
        <source>open</source>
        <translation>открыта</translation>
    </message>
    <message>
        <source>Note: {note}</source>
        <translation>Заметка: {note}</translation>
    </message>
    <message>
        <source>Totals</source>
        <translation>Итоги</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Отсчёты тегов</translation>
    </message>
    <message>
        <source>{batch} created: {recipe}, {size}</source>
        <translation>{batch} создана: {recipe}, {size}</translation>
    </message>
    <message>
        <source>{batch} started</source>
        <translation>{batch} пущена</translation>
    </message>
    <message>
        <source>{batch} goes on</source>
        <translation>{batch} продолжена</translation>
    </message>
    <message>
        <source>{batch} held</source>
        <translation>{batch} задержана</translation>
    </message>
    <message>
        <source>{batch} stopped</source>
        <translation>{batch} остановлена</translation>
    </message>
    <message>
        <source>{batch} aborted</source>
        <translation>{batch} прервана</translation>
    </message>
    <message>
        <source>{batch} complete, took {time}</source>
        <translation>{batch} завершена за {time}</translation>
    </message>
    <message>
        <source>{batch}: {parameter} {old} → {new}</source>
        <translation>{batch}: {parameter} {old} → {new} </translation>
    </message>
    <message>
        <source>{batch}: deviation</source>
        <translation>{batch}: отклонение</translation>
    </message>
    <message>
        <source>{batch}: decision on the product: {verdict}</source>
        <translation>{batch}: решение о продукте: {verdict}</translation>
    </message>
    <message>
        <source>Shift {number} started {crew}</source>
        <translation>Смена {number} начата {crew}</translation>
    </message>
    <message>
        <source>Shift {number} ended</source>
        <translation>Смена {number} закончена</translation>
    </message>
    <message>
        <source>Alarms acknowledged: {n}</source>
        <translation>Квитировано тревог: {n}</translation>
    </message>
    <message>
        <source>Alarms shelved: {n}</source>
        <translation>Отложено тревог: {n}</translation>
    </message>
    <message>
        <source>Alarms taken out of service: {n}</source>
        <translation>Выведено из работы тревог: {n}</translation>
    </message>
    <message>
        <source>Alarms put back in service: {n}</source>
        <translation>Введено в работу тревог: {n}</translation>
    </message>
    <message>
        <source>{unit}: command “{command}” {phase}</source>
        <translation>{unit}: команда «{command}» {phase}</translation>
    </message>
    <message>
        <source>{unit}: mode “{mode}”</source>
        <translation>{unit}: режим «{mode}»</translation>
    </message>
    <message>
        <source>{tag} set to {value}</source>
        <translation>{tag}: задано {value}</translation>
    </message>
    <message>
        <source>Refused: {command}</source>
        <translation>Отказ: {command}</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Стоп</translation>
    </message>
    <message>
        <source>Abort</source>
        <translation>Прервать</translation>
    </message>
    <message>
        <source>change of a setpoint</source>
        <translation>изменение задания</translation>
    </message>
    <message>
        <source>command to a unit</source>
        <translation>команда узлу</translation>
    </message>
    <message>
        <source>change of mode</source>
        <translation>смена режима</translation>
    </message>
    <message>
        <source>acknowledgement</source>
        <translation>квитирование</translation>
    </message>
    <message>
        <source>silencing the horn</source>
        <translation>глушение сирены</translation>
    </message>
    <message>
        <source>reset of an alarm</source>
        <translation>сброс тревоги</translation>
    </message>
    <message>
        <source>shelving of an alarm</source>
        <translation>откладывание тревоги</translation>
    </message>
    <message>
        <source>end of shelving</source>
        <translation>возврат отложенной тревоги</translation>
    </message>
    <message>
        <source>taking an alarm out of service</source>
        <translation>вывод тревоги из работы</translation>
    </message>
    <message>
        <source>putting an alarm back in service</source>
        <translation>ввод тревоги в работу</translation>
    </message>
    <message>
        <source>note on an alarm</source>
        <translation>запись о принятых мерах</translation>
    </message>
    <message>
        <source>call for help</source>
        <translation>вызов</translation>
    </message>
    <message>
        <source>accepting a call</source>
        <translation>приём вызова</translation>
    </message>
    <message>
        <source>arrival at a call</source>
        <translation>прибытие по вызову</translation>
    </message>
    <message>
        <source>closing a call</source>
        <translation>закрытие вызова</translation>
    </message>
    <message>
        <source>new batch</source>
        <translation>новая партия</translation>
    </message>
    <message>
        <source>command to a batch</source>
        <translation>команда партии</translation>
    </message>
    <message>
        <source>change of a parameter</source>
        <translation>изменение параметра</translation>
    </message>
    <message>
        <source>mode of a batch</source>
        <translation>режим партии</translation>
    </message>
    <message>
        <source>step of a batch by hand</source>
        <translation>шаг партии вручную</translation>
    </message>
    <message>
        <source>answer to a batch</source>
        <translation>ответ на запрос партии</translation>
    </message>
    <message>
        <source>lot of a material</source>
        <translation>запись партии сырья</translation>
    </message>
    <message>
        <source>note in the record of a batch</source>
        <translation>заметка в протокол партии</translation>
    </message>
    <message>
        <source>disposition of a product</source>
        <translation>решение о продукте</translation>
    </message>
    <message>
        <source>reception of a lot</source>
        <translation>приёмка партии сырья</translation>
    </message>
    <message>
        <source>hold on a lot</source>
        <translation>задержание партии сырья</translation>
    </message>
    <message>
        <source>blocking of a lot</source>
        <translation>блокировка партии сырья</translation>
    </message>
    <message>
        <source>release of a lot</source>
        <translation>выпуск партии сырья</translation>
    </message>
    <message>
        <source>move of a lot</source>
        <translation>перемещение партии сырья</translation>
    </message>
    <message>
        <source>stocktake of a lot</source>
        <translation>пересчёт остатка партии</translation>
    </message>
    <message>
        <source>discarding of a lot</source>
        <translation>списание партии</translation>
    </message>
    <message>
        <source>label of a lot</source>
        <translation>этикетка партии</translation>
    </message>
    <message>
        <source>split of a lot</source>
        <translation>разделение партии сырья</translation>
    </message>
    <message>
        <source>merging of lots</source>
        <translation>объединение партий сырья</translation>
    </message>
    <message>
        <source>document of a lot</source>
        <translation>документ к партии сырья</translation>
    </message>
    <message>
        <source>dispatch of a lot</source>
        <translation>отгрузка партии</translation>
    </message>
    <message>
        <source>rework of a product</source>
        <translation>возврат продукции в переработку</translation>
    </message>
    <message>
        <source>target at the terminal of a scale</source>
        <translation>задание на терминал весов</translation>
    </message>
    <message>
        <source>saving of a recipe</source>
        <translation>сохранение рецепта</translation>
    </message>
    <message>
        <source>dry run of a recipe</source>
        <translation>пробный прогон рецепта</translation>
    </message>
    <message>
        <source>submission of a recipe</source>
        <translation>отправка рецепта на утверждение</translation>
    </message>
    <message>
        <source>withdrawal of a recipe</source>
        <translation>отзыв рецепта</translation>
    </message>
    <message>
        <source>sending a recipe back</source>
        <translation>возврат рецепта</translation>
    </message>
    <message>
        <source>approval of a recipe</source>
        <translation>утверждение рецепта</translation>
    </message>
    <message>
        <source>taking a recipe out of use</source>
        <translation>вывод рецепта из применения</translation>
    </message>
    <message>
        <source>start of shift</source>
        <translation>начало смены</translation>
    </message>
    <message>
        <source>end of shift</source>
        <translation>конец смены</translation>
    </message>
    <message>
        <source>preparation of the hand-over</source>
        <translation>подготовка сдачи смены</translation>
    </message>
    <message>
        <source>signature of the hand-over</source>
        <translation>подпись сдачи смены</translation>
    </message>
    <message>
        <source>withdrawal of the hand-over</source>
        <translation>отзыв сдачи смены</translation>
    </message>
    <message>
        <source>entry in the shift log</source>
        <translation>запись в журнал смены</translation>
    </message>
    <message>
        <source>correction in the shift log</source>
        <translation>исправление в журнале смены</translation>
    </message>
    <message>
        <source>reason of a stop</source>
        <translation>причина простоя</translation>
    </message>
    <message>
        <source>splitting of a stop</source>
        <translation>разделение простоя</translation>
    </message>
    <message>
        <source>merging of stops</source>
        <translation>объединение простоев</translation>
    </message>
    <message>
        <source>new production order</source>
        <translation>новое задание на выпуск</translation>
    </message>
    <message>
        <source>change of a production order</source>
        <translation>изменение задания на выпуск</translation>
    </message>
    <message>
        <source>cancelling of a production order</source>
        <translation>отмена задания на выпуск</translation>
    </message>
    <message>
        <source>closing of a production order</source>
        <translation>закрытие задания на выпуск</translation>
    </message>
    <message>
        <source>import of production orders</source>
        <translation>загрузка производственных заказов</translation>
    </message>
    <message>
        <source>new service request</source>
        <translation>новая заявка</translation>
    </message>
    <message>
        <source>acceptance of a service request</source>
        <translation>принятие заявки</translation>
    </message>
    <message>
        <source>note on a service request</source>
        <translation>примечание к заявке</translation>
    </message>
    <message>
        <source>service request done</source>
        <translation>заявка выполнена</translation>
    </message>
    <message>
        <source>confirmation of a service request</source>
        <translation>подтверждение заявки</translation>
    </message>
    <message>
        <source>reopening of a service request</source>
        <translation>возврат заявки в работу</translation>
    </message>
    <message>
        <source>cancelling of a service request</source>
        <translation>отмена заявки</translation>
    </message>
    <message>
        <source>Batches done / started</source>
        <translation>Партий готово / пущено</translation>
    </message>
    <message>
        <source>Charged, kg</source>
        <translation>Сырьё, кг</translation>
    </message>
    <message>
        <source>Packed, kg</source>
        <translation>Упаковано, кг</translation>
    </message>
    <message>
        <source>Packs</source>
        <translation>Упаковок</translation>
    </message>
    <message>
        <source>Rejects</source>
        <translation>Брак, шт</translation>
    </message>
    <message>
        <source>Yield, %</source>
        <translation>Выход, %</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>Ожидалось</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Записано</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>Не записано</translation>
    </message>
    <message>
        <source>Late</source>
        <translation>С опозданием</translation>
    </message>
    <message>
        <source>Bad quality</source>
        <translation>Недостоверных</translation>
    </message>
    <message>
        <source>Forwarded to InfluxDB</source>
        <translation>Передано в InfluxDB</translation>
    </message>
    <message>
        <source>shelved: {n}</source>
        <translation>отложено: {n}</translation>
    </message>
    <message>
        <source>out of service: {n}</source>
        <translation>выведено: {n}</translation>
    </message>
    <message>
        <source>shelved until {time}</source>
        <translation>отложена до {time}</translation>
    </message>
    <message>
        <source>out of service, {order}</source>
        <translation>выведена, {order}</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревог</translation>
    </message>
</context>
<context>
    <name>ShiftDialog</name>
    <message>
        <source>End shift {number}</source>
        <translation>Закончить смену {number}</translation>
    </message>
    <message>
        <source>Note…</source>
        <translation>Заметка…</translation>
    </message>
    <message>
        <source>End the shift…</source>
        <translation>Закончить смену…</translation>
    </message>
    <message>
        <source>Hidden alarms that the next shift takes over ({words})</source>
        <translation>Скрытые тревоги принимает следующая смена ({words})</translation>
    </message>
    <message>
        <source>Tell the next shift of the hidden alarms ({words}).</source>
        <translation>Скажите сменщикам о скрытых тревогах ({words}).</translation>
    </message>
    <message>
        <source>Hidden alarms ({words}): look through them on the alarm page.</source>
        <translation>Скрытые тревоги ({words}): просмотрите их на странице тревог.</translation>
    </message>
    <message>
        <source>Note for the next shift</source>
        <translation>Заметка следующей смене</translation>
    </message>
    <message>
        <source>Nobody took the shift over: the report will hold the signature of who leaves alone.</source>
        <translation>Смену никто не принял: в отчёте будет одна подпись — сдающего.</translation>
    </message>
    <message>
        <source>The hand-over is prepared and not signed: the report will hold none.</source>
        <translation>Передача подготовлена, но не подписана: в отчёте её не будет.</translation>
    </message>
    <message>
        <source>There was no hand-over: nobody signs, and the report says so.</source>
        <translation>Передачи смены не было: подписей нет, в отчёте так и будет сказано.</translation>
    </message>
    <message>
        <source>To the hand-over ▸</source>
        <translation>К передаче смены ▸</translation>
    </message>
    <message>
        <source>No note for the next shift</source>
        <translation>Заметки следующей смене нет</translation>
    </message>
    <message>
        <source>The totals are closed and go into the report. Batches on the line run on.</source>
        <translation>Итоги закрываются и идут в отчёт. Партии на линии продолжаются.</translation>
    </message>
    <message>
        <source>Start a shift</source>
        <translation>Начать смену</translation>
    </message>
    <message>
        <source>Shift {number} is open: it will be ended with it.</source>
        <translation>Смена {number} открыта: она будет закончена.</translation>
    </message>
    <message>
        <source>By the calendar: {shift}</source>
        <translation>По графику: {shift}</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Номер</translation>
    </message>
    <message>
        <source>Crew</source>
        <translation>Бригада</translation>
    </message>
    <message>
        <source>Start shift {number}</source>
        <translation>Начать смену {number}</translation>
    </message>
</context>
<context>
    <name>ShiftLog</name>
    <message>
        <source>The photo is being sent…</source>
        <translation>Фото отправляется…</translation>
    </message>
    <message>
        <source>Sent, waiting for the answer…</source>
        <translation>Отправлено, жду ответа…</translation>
    </message>
    <message>
        <source>the server does not answer. Touch again</source>
        <translation>сервер не отвечает, нажмите ещё раз</translation>
    </message>
    <message>
        <source>The photo is not stored: {why}</source>
        <translation>Фото не сохранено: {why}</translation>
    </message>
    <message>
        <source>No answer. Look into the log before you write it again.</source>
        <translation>Нет ответа. Прежде чем записать ещё раз, посмотрите, нет ли записи в журнале.</translation>
    </message>
    <message>
        <source>Not sent: no connection to the server</source>
        <translation>Не отправлено: нет связи с сервером</translation>
    </message>
    <message>
        <source>Safety</source>
        <translation>Безопасность</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Качество</translation>
    </message>
    <message>
        <source>Equipment</source>
        <translation>Оборудование</translation>
    </message>
    <message>
        <source>Cleaning</source>
        <translation>Мойка</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>Персонал</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>Прочее</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Все записи</translation>
    </message>
    <message>
        <source>Entries of people</source>
        <translation>Записи людей</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Партии</translation>
    </message>
    <message>
        <source>Raw material</source>
        <translation>Сырьё</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Stops</source>
        <translation>Простои</translation>
    </message>
    <message>
        <source>Setpoints and modes</source>
        <translation>Уставки и режимы</translation>
    </message>
    <message>
        <source>Requests, orders, calls</source>
        <translation>Заявки, заказы, вызовы</translation>
    </message>
    <message>
        <source>Course of the shift</source>
        <translation>Ход смены</translation>
    </message>
    <message>
        <source>Links and system</source>
        <translation>Связь и система</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>партия</translation>
    </message>
    <message>
        <source>raw material</source>
        <translation>сырьё</translation>
    </message>
    <message>
        <source>alarm</source>
        <translation>тревога</translation>
    </message>
    <message>
        <source>stop</source>
        <translation>простой</translation>
    </message>
    <message>
        <source>mode</source>
        <translation>режим</translation>
    </message>
    <message>
        <source>setpoint</source>
        <translation>уставка</translation>
    </message>
    <message>
        <source>request</source>
        <translation>заявка</translation>
    </message>
    <message>
        <source>order</source>
        <translation>заказ</translation>
    </message>
    <message>
        <source>call</source>
        <translation>вызов</translation>
    </message>
    <message>
        <source>shift</source>
        <translation>смена</translation>
    </message>
    <message>
        <source>link</source>
        <translation>связь</translation>
    </message>
    <message>
        <source>system</source>
        <translation>система</translation>
    </message>
    <message>
        <source>Slip of the pen</source>
        <translation>Опечатка</translation>
    </message>
    <message>
        <source>More is known</source>
        <translation>Уточнение</translation>
    </message>
    <message>
        <source>Wrong unit</source>
        <translation>Не тот узел</translation>
    </message>
    <message>
        <source>choose what it is about</source>
        <translation>выберите, о чём запись</translation>
    </message>
    <message>
        <source>write what happened</source>
        <translation>напишите, что произошло</translation>
    </message>
    <message>
        <source>choose why it is corrected</source>
        <translation>выберите причину исправления</translation>
    </message>
    <message>
        <source>✎ corrected {time}, {who}. Why: {reason}</source>
        <translation>✎ исправлено {time}, {who}. Причина: {reason}</translation>
    </message>
    <message>
        <source>earlier corrections: {n}</source>
        <translation>исправлений до этого: {n}</translation>
    </message>
    <message>
        <source>First text, {who}</source>
        <translation>Первый текст, {who}</translation>
    </message>
    <message>
        <source>Corrected by {who}. Why: {reason}</source>
        <translation>Исправил(а) {who}. Причина: {reason}</translation>
    </message>
    <message>
        <source>Shift {number}</source>
        <translation>смена {number}</translation>
    </message>
    <message>
        <source>open</source>
        <translation>идёт</translation>
    </message>
    <message>
        <source>Still missing: {what}</source>
        <translation>Не хватает: {what}</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Поиск</translation>
    </message>
    <message>
        <source>Search in the shift log</source>
        <translation>Поиск по журналу смены</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Очистить</translation>
    </message>
    <message>
        <source>On-screen keyboard</source>
        <translation>Экранная клавиатура</translation>
    </message>
    <message>
        <source>draft</source>
        <translation>черновик</translation>
    </message>
    <message>
        <source>New entry…</source>
        <translation>Новая запись…</translation>
    </message>
    <message>
        <source>Entries are written from {role} on</source>
        <translation>Записи делает {role} или выше</translation>
    </message>
    <message>
        <source>The server does not give the log. Trying again…</source>
        <translation>Сервер не отдаёт журнал. Пробую ещё раз…</translation>
    </message>
    <message>
        <source>Shown: {n} of {all}</source>
        <translation>Показано {n} из {all}</translation>
    </message>
    <message>
        <source>There was no shift yet</source>
        <translation>Смены ещё не было</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Читаю…</translation>
    </message>
    <message>
        <source>Nothing was found</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>Записей ещё нет</translation>
    </message>
    <message>
        <source>This shift</source>
        <translation>Эта смена</translation>
    </message>
    <message>
        <source>All units</source>
        <translation>Все узлы</translation>
    </message>
    <message>
        <source>All categories</source>
        <translation>Все категории</translation>
    </message>
    <message>
        <source>Entry in the shift log</source>
        <translation>Запись в журнал смены</translation>
    </message>
    <message>
        <source>Write into the log</source>
        <translation>Записать в журнал</translation>
    </message>
    <message>
        <source>Without photo</source>
        <translation>Без фото</translation>
    </message>
    <message>
        <source>{name}: {was}, made smaller to {now}</source>
        <translation>{name}: было {was}, уменьшено до {now}</translation>
    </message>
    <message>
        <source>Photo…</source>
        <translation>Фото…</translation>
    </message>
    <message>
        <source>Another photo…</source>
        <translation>Другое фото…</translation>
    </message>
    <message>
        <source>The whole line</source>
        <translation>Вся линия</translation>
    </message>
    <message>
        <source>Correct an entry</source>
        <translation>Исправить запись</translation>
    </message>
    <message>
        <source>Write the correction</source>
        <translation>Записать исправление</translation>
    </message>
    <message>
        <source>The first text stays in the log: {text}</source>
        <translation>Первый текст останется в журнале: {text}</translation>
    </message>
    <message>
        <source>The text is the same as before</source>
        <translation>Текст не изменился</translation>
    </message>
    <message>
        <source>Correct…</source>
        <translation>Исправить…</translation>
    </message>
    <message>
        <source>What somebody else wrote is corrected from {role} on</source>
        <translation>Чужую запись исправляет {role} или выше</translation>
    </message>
    <message>
        <source>Corrected as often as may be: write a new entry</source>
        <translation>Исправлено уже столько раз, сколько можно: сделайте новую запись</translation>
    </message>
    <message>
        <source>Photos are shown to who is logged in</source>
        <translation>Войдите, чтобы увидеть фото</translation>
    </message>
    <message>
        <source>The server has this photo no more</source>
        <translation>Этого фото на сервере больше нет</translation>
    </message>
    <message>
        <source>The server does not give the photo (HTTP {n})</source>
        <translation>Сервер не отдаёт фото (HTTP {n})</translation>
    </message>
    <message>
        <source>Reading the photo…</source>
        <translation>Фото загружается…</translation>
    </message>
</context>
<context>
    <name>Signature</name>
    <message>
        <source>Reason: {reason}</source>
        <translation>Причина: {reason}</translation>
    </message>
    <message>
        <source>Signed by: {role} or above. The name, the time and what was signed go into the record.</source>
        <translation>Подписывает: {role} или выше. Имя, время и подписанное попадут в протокол.</translation>
    </message>
    <message>
        <source>Log in first: then it is signed.</source>
        <translation>Сначала войдите: подпись отправится сразу после входа.</translation>
    </message>
    <message>
        <source>The line did not answer: look whether it was taken, before you sign once more</source>
        <translation>Линия не ответила: проверьте, принята ли подпись, прежде чем подписать ещё раз</translation>
    </message>
    <message>
        <source>Not sent, the server does not answer. Sign once more when the connection is back</source>
        <translation>Не отправлено, сервер не отвечает. Подпишите ещё раз, когда связь вернётся</translation>
    </message>
</context>
<context>
    <name>Sinks</name>
    <message>
        <source>History is sent to</source>
        <translation>Куда передаётся архив</translation>
    </message>
    <message>
        <source>History of this server</source>
        <translation>Архив на этом сервере</translation>
    </message>
    <message>
        <source>Server, what to do</source>
        <translation>Сервер, что делать</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Ждёт отправки</translation>
    </message>
    <message>
        <source>Points a second</source>
        <translation>Точек в секунду</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Передано</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Отвергнуто</translation>
    </message>
    <message>
        <source>History is kept on this server only: no InfluxDB is set up.</source>
        <translation>Архив хранится только на этом сервере: InfluxDB не настроен.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Чтение…</translation>
    </message>
    <message>
        <source>receives</source>
        <translation>принимает</translation>
    </message>
    <message>
        <source>no delivery</source>
        <translation>не доходит</translation>
    </message>
    <message>
        <source>off</source>
        <translation>выключен</translation>
    </message>
    <message>
        <source>left {time}</source>
        <translation>осталось {time}</translation>
    </message>
    <message>
        <source>Refused points are kept; the engineer sees why: potok sink dead</source>
        <translation>Отвергнутые точки сохранены; причину покажет команда potok sink dead</translation>
    </message>
    <message>
        <source>is stored</source>
        <translation>записывается</translation>
    </message>
    <message>
        <source>IS NOT STORED</source>
        <translation>НЕ ЗАПИСЫВАЕТСЯ</translation>
    </message>
    <message>
        <source>trusted</source>
        <translation>идут верно</translation>
    </message>
    <message>
        <source>in doubt</source>
        <translation>под сомнением, старые сутки не удаляются</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Архив</translation>
    </message>
    <message>
        <source>Records waiting for the disk</source>
        <translation>Записей ждёт диска</translation>
    </message>
    <message>
        <source>Samples lost: no room in memory</source>
        <translation>Отсчётов потеряно: нет места в памяти</translation>
    </message>
    <message>
        <source>Clock of the server</source>
        <translation>Часы сервера</translation>
    </message>
    <message>
        <source>Free on the disk</source>
        <translation>Свободно на диске</translation>
    </message>
    <message>
        <source>Taken by samples</source>
        <translation>Занято отсчётами</translation>
    </message>
    <message>
        <source>The disk lasts</source>
        <translation>Места хватит на</translation>
    </message>
    <message>
        <source>Days kept because they are not sent</source>
        <translation>Суток не удалено: не переданы</translation>
    </message>
    <message>
        <source>Nothing is stored: do not switch the server off, make room on the disk, call automation.</source>
        <translation>Архив не записывается: не выключайте сервер, освободите место на диске, вызовите АСУ.</translation>
    </message>
    <message>
        <source>The disk will soon be full: tell automation before the end of the shift.</source>
        <translation>Диск скоро заполнится: сообщите АСУ до конца смены.</translation>
    </message>
</context>
<context>
    <name>StartDialog</name>
    <message>
        <source>Start by hand · {unit}</source>
        <translation>Пуск вручную · {unit}</translation>
    </message>
    <message>
        <source>Start: {phase}</source>
        <translation>Пуск: {phase}</translation>
    </message>
    <message>
        <source>This phase has no parameters.</source>
        <translation>У этой фазы нет параметров.</translation>
    </message>
</context>
<context>
    <name>Stops</name>
    <message>
        <source>Alarm</source>
        <translation>Тревога</translation>
    </message>
    <message>
        <source>Trend</source>
        <translation>Тренд</translation>
    </message>
    <message>
        <source>Note…</source>
        <translation>Пояснение…</translation>
    </message>
    <message>
        <source>Split…</source>
        <translation>Разделить…</translation>
    </message>
    <message>
        <source>Merge…</source>
        <translation>Объединить…</translation>
    </message>
    <message>
        <source>This stop is no more: it was merged with others. Choose one.</source>
        <translation>Этого простоя больше нет: его объединили с другими. Выберите другой.</translation>
    </message>
    <message>
        <source>Every stop has its reason.</source>
        <translation>У всех простоев указана причина.</translation>
    </message>
    <message>
        <source>This line watches no stops.</source>
        <translation>На этой линии простои не учитываются.</translation>
    </message>
    <message>
        <source>No reason {n}</source>
        <translation>Без причины {n}</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Все</translation>
    </message>
    <message>
        <source>Small</source>
        <translation>Мелкие</translation>
    </message>
    <message>
        <source>This shift</source>
        <translation>Эта смена</translation>
    </message>
    <message>
        <source>All known</source>
        <translation>Все</translation>
    </message>
    <message>
        <source>Last shift</source>
        <translation>Прошлая смена</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Узел</translation>
    </message>
    <message>
        <source>From – to</source>
        <translation>С – до</translation>
    </message>
    <message>
        <source>Stood</source>
        <translation>Длился</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>No stops.</source>
        <translation>Простоев нет.</translation>
    </message>
    <message>
        <source>No small stops.</source>
        <translation>Мелких простоев нет.</translation>
    </message>
    <message>
        <source>{n} older ones: in the reports</source>
        <translation>Ещё {n} старых: в отчётах</translation>
    </message>
    <message>
        <source>proposed: {name}</source>
        <translation>предложено: {name}</translation>
    </message>
    <message>
        <source>no reason</source>
        <translation>причина не указана</translation>
    </message>
    <message>
        <source>stands now</source>
        <translation>стоит сейчас</translation>
    </message>
    <message>
        <source>First alarm: {alarm}</source>
        <translation>Первая тревога: {alarm}</translation>
    </message>
    <message>
        <source>Why does it stand?</source>
        <translation>Почему стоит?</translation>
    </message>
    <message>
        <source>Why did it stand?</source>
        <translation>Почему стоял?</translation>
    </message>
    <message>
        <source>batch {batch}</source>
        <translation>партия {batch}</translation>
    </message>
    <message>
        <source>part of a stop that was split</source>
        <translation>часть разделённого простоя</translation>
    </message>
    <message>
        <source>with interruptions</source>
        <translation>с перерывами</translation>
    </message>
    <message>
        <source>the machine says: {name}</source>
        <translation>по данным машины: {name}</translation>
    </message>
    <message>
        <source>No connection: reasons are given when it is back.</source>
        <translation>Нет связи: причину укажете, когда она вернётся.</translation>
    </message>
    <message>
        <source>Reasons are given by: {role} and above.</source>
        <translation>Причину указывает {role} и выше.</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>Отправляю…</translation>
    </message>
    <message>
        <source>Too short to be split.</source>
        <translation>Слишком короткий, чтобы делить.</translation>
    </message>
    <message>
        <source>It still lasts: merged is what has ended.</source>
        <translation>Ещё длится: объединяют то, что закончилось.</translation>
    </message>
    <message>
        <source>There is no other stop of this unit to merge with.</source>
        <translation>Других таких простоев узла нет: объединять не с чем.</translation>
    </message>
    <message>
        <source>A note is added to a reason.</source>
        <translation>Пояснение пишут к указанной причине.</translation>
    </message>
    <message>
        <source>Note to “{reason}”</source>
        <translation>Пояснение к причине «{reason}»</translation>
    </message>
    <message>
        <source>{unit}: {begin} – {end}, stood {length}. Time that it ran in between is no part of it.</source>
        <translation>{unit}: {begin} – {end}, простой {length}. Работа между ними в простой не входит.</translation>
    </message>
    <message>
        <source>Split the stop of {unit}, {length}</source>
        <translation>Разделить простой {unit}, {length}</translation>
    </message>
    <message>
        <source>Several stops become one: {n} chosen</source>
        <translation>Объединить простои: отмечено {n}</translation>
    </message>
    <message>
        <source>Merge {n} stops</source>
        <translation>Объединить: {n}</translation>
    </message>
    <message>
        <source>stands by itself</source>
        <translation>собственный</translation>
    </message>
    <message>
        <source>waits</source>
        <translation>ожидание</translation>
    </message>
    <message>
        <source>Touch the stops in the list that were one.</source>
        <translation>Отметьте в списке простои, которые были одним.</translation>
    </message>
    <message>
        <source>At most 50 at once.</source>
        <translation>За один раз не больше 50.</translation>
    </message>
    <message>
        <source>These are stops of different units: only those of one unit are merged.</source>
        <translation>Это простои разных узлов: объединяют простои одного узла.</translation>
    </message>
    <message>
        <source>A stop of its own and waiting are not merged.</source>
        <translation>Собственный простой и ожидание не объединяют.</translation>
    </message>
    <message>
        <source>One of them still lasts: merge after its end.</source>
        <translation>Один из них ещё длится: объедините после его окончания.</translation>
    </message>
    <message>
        <source>They have different reasons: make those the same first.</source>
        <translation>Причины разные: сначала укажите одну и ту же.</translation>
    </message>
    <message>
        <source>Another stop of this unit lies in between: touch it, too.</source>
        <translation>Между ними есть ещё простой этого узла: отметьте и его.</translation>
    </message>
    <message>
        <source>since {time}</source>
        <translation>с {time}</translation>
    </message>
    <message>
        <source>{unit}: stands for {length}, no reason given</source>
        <translation>{unit}: стоит {length}, причина не указана</translation>
    </message>
    <message>
        <source>{unit}: stood for {length} until {time}, no reason given</source>
        <translation>{unit}: простой {length} до {time}, причина не указана</translation>
    </message>
    <message>
        <source>No small stops (shorter than {limit})</source>
        <translation>Мелких простоев (короче {limit}) нет</translation>
    </message>
    <message>
        <source>Small stops (shorter than {limit}):</source>
        <translation>Мелкие простои (короче {limit}):</translation>
    </message>
    <message>
        <source>At hand</source>
        <translation>Под рукой</translation>
    </message>
    <message>
        <source>All reasons</source>
        <translation>Все причины</translation>
    </message>
    <message>
        <source>All groups</source>
        <translation>Все группы</translation>
    </message>
    <message>
        <source>One more cut</source>
        <translation>Ещё граница</translation>
    </message>
    <message>
        <source>Take this cut away</source>
        <translation>Убрать границу</translation>
    </message>
    <message>
        <source>Reason of part {n}: {span}</source>
        <translation>Причина части {n}: {span}</translation>
    </message>
    <message>
        <source>Split into {n} parts</source>
        <translation>Разделить на части: {n}</translation>
    </message>
    <message>
        <source>Cut {n} of {all}: {time}. Drag its handle or touch the buttons.</source>
        <translation>Граница {n} из {all}: {time}. Двигайте ручку или жмите кнопки.</translation>
    </message>
    <message>
        <source>Reason…</source>
        <translation>Причина…</translation>
    </message>
    <message>
        <source>{sign}{n} min</source>
        <translation>{sign}{n} мин</translation>
    </message>
    <message>
        <source>{sign}{n} s</source>
        <translation>{sign}{n} с</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>Acknowledge</source>
        <translation>Квитировать</translation>
    </message>
    <message>
        <source>Silence the horn</source>
        <translation>Заглушить сирену</translation>
    </message>
    <message>
        <source>Call for help</source>
        <translation>Вызвать помощь</translation>
    </message>
    <message>
        <source>All alarms acknowledged, {n} standing</source>
        <translation>Все тревоги квитированы, активных: {n}</translation>
    </message>
    <message>
        <source>No alarms</source>
        <translation>Тревог нет</translation>
    </message>
    <message>
        <source>sound off</source>
        <translation>звук снят</translation>
    </message>
    <message>
        <source>returned to normal</source>
        <translation>вернулась в норму</translation>
    </message>
    <message>
        <source>Flood: {n} in 10 min</source>
        <translation>Лавина: {n} за 10 мин</translation>
    </message>
    <message>
        <source>Log in ▸</source>
        <translation>Войти ▸</translation>
    </message>
    <message>
        <source>viewing only</source>
        <translation>только просмотр</translation>
    </message>
    <message>
        <source>Shift {number} · {time}</source>
        <translation>Смена {number} · {time}</translation>
    </message>
    <message>
        <source>No shift open</source>
        <translation>Смена закрыта</translation>
    </message>
    <message>
        <source>on hold: {batch} ▸</source>
        <translation>удержан: {batch} ▸</translation>
    </message>
    <message>
        <source>waiting for you: {n} ▸</source>
        <translation>ждут ответа: {n} ▸</translation>
    </message>
    <message>
        <source>no batches</source>
        <translation>партий нет</translation>
    </message>
    <message>
        <source>batch {batch}</source>
        <translation>партия {batch}</translation>
    </message>
    <message>
        <source>batches {list}</source>
        <translation>партии {list}</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Сервер</translation>
    </message>
</context>
<context>
    <name>Told</name>
    <message>
        <source>{batch}: product on hold, a decision is needed: {what}</source>
        <translation>{batch}: продукт на удержании, нужно решение: {what}</translation>
    </message>
    <message>
        <source>{batch}: {what}</source>
        <translation>{batch}: {what}</translation>
    </message>
    <message>
        <source>{batch}: the step “{what}” waits for a confirmation</source>
        <translation>{batch}: шаг «{what}» ждёт подтверждения</translation>
    </message>
    <message>
        <source>Request {batch} is done, confirm it or send it back: {what}</source>
        <translation>Заявка {batch} выполнена, подтвердите или верните: {what}</translation>
    </message>
    <message>
        <source>New request {batch}: {what}</source>
        <translation>Новая заявка {batch}: {what}</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Показать</translation>
    </message>
    <message>
        <source>Understood</source>
        <translation>Понятно</translation>
    </message>
    <message>
        <source>{n} more</source>
        <translation>ещё {n}</translation>
    </message>
</context>
<context>
    <name>Trends</name>
    <message>
        <source>10 min</source>
        <translation>10 мин</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 ч</translation>
    </message>
    <message>
        <source>8 h</source>
        <translation>8 ч</translation>
    </message>
    <message>
        <source>1 d</source>
        <translation>1 сут</translation>
    </message>
    <message>
        <source>30 d</source>
        <translation>30 сут</translation>
    </message>
    <message>
        <source>Tags…</source>
        <translation>Теги…</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Сейчас</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>В файл…</translation>
    </message>
    <message>
        <source>Hide cursor</source>
        <translation>Убрать курсор</translation>
    </message>
    <message>
        <source>No tags are chosen. Touch “Tags…” and choose up to eight.</source>
        <translation>Теги не выбраны. Нажмите «Теги…» и выберите до восьми.</translation>
    </message>
    <message>
        <source>cursor {time}</source>
        <translation>курсор {time}</translation>
    </message>
    <message>
        <source>live · {span}</source>
        <translation>до текущего времени · {span}</translation>
    </message>
    <message>
        <source>Utilities</source>
        <translation>Энергоносители</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Линия</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Движок</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Связь</translation>
    </message>
    <message>
        <source>Choose tags</source>
        <translation>Выбор тегов</translation>
    </message>
    <message>
        <source>Clear all</source>
        <translation>Убрать все</translation>
    </message>
    <message>
        <source>Show {n} of {limit}</source>
        <translation>Показать {n} из {limit}</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>Start…</source>
        <translation>Пуск…</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>Удержать</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Сброс</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Значения</translation>
    </message>
    <message>
        <source>Phases</source>
        <translation>Фазы</translation>
    </message>
    <message>
        <source>Stop (hold 2 s)</source>
        <translation>Стоп (2 с)</translation>
    </message>
    <message>
        <source>Abort (hold 2 s)</source>
        <translation>Прервать (2 с)</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>Ручной</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Автомат</translation>
    </message>
    <message>
        <source>Recipe parameters</source>
        <translation>Параметры рецепта</translation>
    </message>
    <message>
        <source>Setpoints</source>
        <translation>Задания</translation>
    </message>
    <message>
        <source>changed by a technologist</source>
        <translation>меняет технолог</translation>
    </message>
    <message>
        <source>Stands {length}</source>
        <translation>Стоит {length}</translation>
    </message>
    <message>
        <source>Stands {length}: reason?</source>
        <translation>Стоит {length}: причина?</translation>
    </message>
    <message>
        <source>No batch in the unit</source>
        <translation>Партии в узле нет</translation>
    </message>
    <message>
        <source>Batch {batch} {recipe} · step {step} of {steps}</source>
        <translation>Партия {batch} {recipe} · шаг {step} из {steps}</translation>
    </message>
    <message>
        <source>Batch {batch} {recipe}</source>
        <translation>Партия {batch} {recipe}</translation>
    </message>
    <message>
        <source>Refused: {why}</source>
        <translation>Отказ: {why}</translation>
    </message>
    <message>
        <source>Done: {share}</source>
        <translation>Выполнено: {share}</translation>
    </message>
    <message>
        <source>No phase is running</source>
        <translation>Фаза не идёт</translation>
    </message>
    <message>
        <source>Trend, 30 min</source>
        <translation>Тренд, 30 мин</translation>
    </message>
    <message>
        <source>Conditions: {command}</source>
        <translation>Условия: «{command}»</translation>
    </message>
    <message>
        <source>Why not: {command}</source>
        <translation>Почему нельзя: «{command}»</translation>
    </message>
    <message>
        <source>Interlocks: they hold the phase</source>
        <translation>Блокировки: при срабатывании держат фазу</translation>
    </message>
    <message>
        <source>Manual mode (in automatic the batch starts phases)</source>
        <translation>Ручной режим (в автомате фазы пускает партия)</translation>
    </message>
    <message>
        <source>No batch owns the unit</source>
        <translation>Узлом не управляет партия</translation>
    </message>
    <message>
        <source>Manual mode</source>
        <translation>Ручной режим</translation>
    </message>
    <message>
        <source>Phase is idle</source>
        <translation>Фаза готова к пуску</translation>
    </message>
    <message>
        <source>Logged in as operator or above</source>
        <translation>Вошёл оператор или старше</translation>
    </message>
    <message>
        <source>Hold the batch</source>
        <translation>Удержать партию</translation>
    </message>
    <message>
        <source>Restart the batch</source>
        <translation>Продолжить партию</translation>
    </message>
    <message>
        <source>Held: {why}</source>
        <translation>Задержана: {why}</translation>
    </message>
    <message>
        <source>press Reset</source>
        <translation>нажмите «Сброс»</translation>
    </message>
    <message>
        <source>Connection to {device}</source>
        <translation>Связь: {device}</translation>
    </message>
    <message>
        <source>To automatic</source>
        <translation>В автомат</translation>
    </message>
    <message>
        <source>To manual</source>
        <translation>В ручной</translation>
    </message>
    <message>
        <source>Parameter</source>
        <translation>Параметр</translation>
    </message>
    <message>
        <source>Set</source>
        <translation>Задание</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Сейчас</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Пределы</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Изменить</translation>
    </message>
    <message>
        <source>CCP</source>
        <translation>ККТ</translation>
    </message>
    <message>
        <source>{n} more ▸</source>
        <translation>Ещё {n} ▸</translation>
    </message>
</context>
<context>
    <name>Why</name>
    <message>
        <source>Why? {what}</source>
        <translation>Почему? {what}</translation>
    </message>
    <message>
        <source>Looking into the journal…</source>
        <translation>Ищу в журнале…</translation>
    </message>
    <message>
        <source>The journal knows no cause.</source>
        <translation>Причины в журнале нет.</translation>
    </message>
    <message>
        <source>The server has no answer.</source>
        <translation>Сервер не дал ответа.</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>Почему?</translation>
    </message>
</context>
</TS>
